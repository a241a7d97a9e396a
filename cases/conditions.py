"""When a setting has an effect, by the values of the others; and the sentence that says so where it has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class Condition(Protocol):
    """When a setting has an effect."""

    def why_idle(self, values: Mapping[str, Any]) -> str | None:
        """The reason, a message id, why it has none beside these `values`; None where it has one."""


@dataclass(frozen=True)
class ActiveWhen:
    """It has an effect where another setting, `setting`, is `among` these or, without them, above zero.

    `reason` is a message id: the sentence that says so where it has none.
    """

    setting: str
    reason: str
    among: tuple[str | int, ...] = ()

    def holds(self, values: Mapping[str, Any]) -> bool:
        value = values.get(self.setting)  # not every case has every setting
        return value in self.among if self.among else bool(value)

    def why_idle(self, values: Mapping[str, Any]) -> str | None:
        return None if self.holds(values) else self.reason


@dataclass(frozen=True)
class Each:
    """It has an effect where all of several conditions say so."""

    conditions: tuple[Condition, ...]

    def why_idle(self, values: Mapping[str, Any]) -> str | None:
        return next((reason for one in self.conditions if (reason := one.why_idle(values))), None)


@dataclass(frozen=True)
class Either:
    """It has an effect where one of several conditions says so; `reason` as of `ActiveWhen`."""

    conditions: tuple[Condition, ...]
    reason: str

    def why_idle(self, values: Mapping[str, Any]) -> str | None:
        return self.reason if all(one.why_idle(values) for one in self.conditions) else None


@dataclass(frozen=True)
class Unless:
    """It has an effect unless another thing, `what`, has one."""

    what: Condition
    reason: str

    def why_idle(self, values: Mapping[str, Any]) -> str | None:
        return None if self.what.why_idle(values) else self.reason
