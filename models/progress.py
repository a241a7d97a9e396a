"""How long work tells what it is doing, and hears that it should stop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Stopped(Exception):
    """A person asked the work to stop; raised by `ProgressReporter.check`, never an error."""


class ProgressReporter(Protocol):
    """Where long work reports to. Calls are cheap: they may be made every step."""

    def phase(self, name: str) -> None:
        """Name the part now under way: preparing, training, evaluating or exporting."""

    def progress(self, what: str, done: int, total: int, **more: Any) -> None:
        """`done` of `total` items of `what`; `more` may hold epoch and epochs."""

    def metrics(self, split: str, step: int, values: Mapping[str, Any]) -> None:
        """Values measured at `step`, fit for JSON; the same split and step again overwrites."""

    def note(self, message: str, **args: Any) -> None:
        """A sentence the person should read, as message id and arguments."""

    def flush(self) -> None:
        """Return once what was reported so far is kept."""

    def check(self) -> None:
        """Raise `Stopped` when a person asked to stop."""


class NullReporter:
    """A report nobody reads."""

    def phase(self, name: str) -> None: ...
    def progress(self, what: str, done: int, total: int, **more: Any) -> None: ...
    def metrics(self, split: str, step: int, values: Mapping[str, Any]) -> None: ...
    def note(self, message: str, **args: Any) -> None: ...
    def flush(self) -> None: ...
    def check(self) -> None: ...


QUIET = NullReporter()


class Checking(NullReporter):
    """Hears a wish to stop, as the report `beside` does, and tells nothing."""

    def __init__(self, beside: ProgressReporter) -> None:
        self.beside = beside

    def check(self) -> None:
        self.beside.check()
