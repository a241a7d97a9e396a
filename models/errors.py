"""The one error that means: tell the person. Everything else is a bug."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def N_(message: str) -> str:
    """Mark `message` for the translators; it is put into the reader's language by the page."""
    return message


NO_COUNTS = frozenset({"line", "status", "value"})  # places whose whole numbers count nothing


def fill(sentence: str, args: Mapping[str, Any], comma: str = ", ") -> str:
    """A sentence with its `{named}` places filled; a list of names stands with commas between them, and the thousands
    of a count are separated."""

    def said(name: str, value: Any) -> Any:
        if isinstance(value, list):
            return comma.join(value)
        return _Count(value) if type(value) is int and name not in NO_COUNTS else value

    return sentence.format(**{name: said(name, value) for name, value in args.items()}) if args else sentence


class _Count(int):
    def __format__(self, spec: str) -> str:
        return super().__format__(spec or ",")


class InputError(Exception):
    """Something a person gave cannot be used: what was expected, what was found, what to do.

    The three are message ids with `{named}` places, so that the page can say them in the reader's language;
    `str(error)` is the English sentence for the terminal.
    """

    def __init__(self, *, expected: str, found: str, remedy: str, **args: Any) -> None:
        self.expected, self.found, self.remedy, self.args_ = expected, found, remedy, args
        self.repair: dict[str, Any] = {}
        super().__init__(" ".join(fill(part, args) for part in (found, expected, remedy)))

    def mended_by(self, **repair: Any) -> InputError:
        """The same with what a button can do about it: lead to the `step` of the page on which it is put right ("data",
        "check" or "model"), or start again with other `settings`, name → value, or with some of them `halved`."""
        self.repair = repair
        return self

    def as_json(self) -> dict[str, Any]:
        """What is stored with a run: ids and arguments, never finished sentences."""
        told = {"found": self.found, "expected": self.expected, "remedy": self.remedy, "args": self.args_}
        return {**told, "repair": self.repair} if self.repair else told

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> InputError:
        parts = {part: stored[part] for part in ("found", "expected", "remedy")}
        return cls(**parts, **stored["args"]).mended_by(**stored.get("repair", {}))
