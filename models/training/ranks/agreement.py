"""A wish to stop that all processes hear at the same step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from transformers import Trainer, TrainerCallback

from models.progress import ProgressReporter, Stopped
from models.training.ranks.group import Ranks


class AgreedReporter:
    """Reports to `beside`; `check` tells what the first process had heard when all asked last."""

    def __init__(self, beside: ProgressReporter, ranks: Ranks) -> None:
        self.beside, self.ranks = beside, ranks
        self.stopping = self.alone = False

    def ask(self) -> None:
        """All hear whether the first was asked to stop; a collective call."""
        self.stopping = self.ranks.heard(wish=self._wished())

    @contextmanager
    def by_itself(self) -> Iterator[None]:
        """While this lasts the others wait, so the first may stop at once."""
        self.alone = True
        try:
            yield
        finally:
            self.alone = False

    def check(self) -> None:
        if self.alone:
            self.beside.check()
        elif self.stopping:
            raise Stopped

    def phase(self, name: str) -> None:
        self.beside.phase(name)

    def progress(self, what: str, done: int, total: int, **more: Any) -> None:
        self.beside.progress(what, done, total, **more)

    def metrics(self, split: str, step: int, values: Mapping[str, Any]) -> None:
        self.beside.metrics(split, step, values)

    def note(self, message: str, **args: Any) -> None:
        self.beside.note(message, **args)

    def flush(self) -> None:
        self.beside.flush()

    def _wished(self) -> bool:
        try:
            self.beside.check()
        except Stopped:
            return True
        return False


class StopTogether(TrainerCallback):
    """Has all processes hear the wish at the end of each step, before the other callbacks ask for it.

    In the middle of a step none may stop, for the others would wait for its gradients.
    """

    def __init__(self, report: AgreedReporter) -> None:
        self.report = report

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self.report.ask()

    def save(self, trainer: Trainer) -> None:
        """Nothing: the step that was under way was made to its end, and its checkpoint with it."""

    def release(self) -> None:
        """Nothing: no hooks were set."""
