"""What the runs of a comparison are called: a letter and the name, and the time where names are equal."""

from __future__ import annotations

from collections import Counter

from pages.shared import vocabulary
from runs.store.records import Run


def named_apart(named: dict[str, Run]) -> dict[str, str]:
    """Letter → what its run is called."""
    often = Counter(run.name for run in named.values())
    return {
        letter: " · ".join([letter, run.name, *([vocabulary.when(run.created)] if often[run.name] > 1 else [])])
        for letter, run in named.items()
    }
