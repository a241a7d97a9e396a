"""What a run tells on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any


class Terminal:
    """A report that a person reads on the terminal."""

    line = ""

    def phase(self, name: str) -> None:
        self._say(name, end="\n")

    def progress(self, what: str, done: int, total: int, **more: Any) -> None:
        if sys.stderr.isatty() or done == total:
            self._say(f"  {what} {done}/{total}", end="\n" if done == total else "\r")

    def metrics(self, split: str, step: int, values: Mapping[str, Any]) -> None:
        if split == "validation":
            told = ", ".join(f"{name} {value:.4f}" for name, value in values.items() if name != "epoch")
            self._say(f"  epoch {values['epoch']:g}: {told}", end="\n")

    def note(self, message: str, **args: Any) -> None:
        self._say(message.format(**args), end="\n")

    def flush(self) -> None: ...
    def check(self) -> None: ...

    def _say(self, text: str, end: str) -> None:
        if text != self.line:
            self.line = text
            print(text, end=end, file=sys.stderr, flush=True)
