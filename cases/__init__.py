"""What can be learned: one folder a case."""

from __future__ import annotations

from importlib import import_module

from cases.base import Case

NAMES = ("image_recognition", "text_analysis", "speech", "recommendation")


def get(name: str) -> Case:
    """The case called `name`.

    Raises:
        KeyError: no such case.
    """
    if name not in NAMES:
        raise KeyError(f"No case called {name!r}. Cases: {', '.join(NAMES)}.")
    return import_module(f"cases.{name}").CASE
