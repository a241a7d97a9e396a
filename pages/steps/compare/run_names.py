"""What runs beside each other are called: by name, and by what was trained and when where names are equal."""

from __future__ import annotations

from collections import Counter

from pages.shared import vocabulary
from runs.store.records import Run


def named_apart(named: dict[str, Run]) -> dict[str, str]:
    """Letter → what its run is called, the letter first."""
    often = Counter(run.name for run in named.values())
    return {letter: " · ".join([letter, told_apart(run) if often[run.name] > 1 else run.name])
            for letter, run in named.items()}  # fmt: skip


def told_apart(run: Run) -> str:
    """Its name, what of the model learnt, and when it began."""
    _model, mode = vocabulary.trained(run)
    return " · ".join(filter(None, [run.name, mode, vocabulary.when(run.created)]))
