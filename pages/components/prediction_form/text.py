"""A text is typed, pasted, or taken from the examples."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from cases.dataset import Dataset
from pages.components import items
from pages.components.prediction_form.component import made
from pages.shared.i18n import _
from runs import paths
from runs.inference.errors import MOST_CONTENT
from runs.store.records import Run

MOST_BYTES = MOST_CONTENT
BEGINNING = 120  # characters of an example that are shown

component = made("texts", "texts.js")


def beginnings(run: Run, rows: Sequence[int]) -> list[str]:
    """What a person sees of examples before taking one."""
    return list(_beginnings(paths.datasets() / str(run.dataset), tuple(rows))) if rows else []


@lru_cache(maxsize=32)
def _beginnings(folder: Path, rows: tuple[int, ...]) -> tuple[str, ...]:
    """Kept, for the page asks after every answer, and a data set never changes."""
    dataset = Dataset.open(folder)
    return tuple(items.text(dataset, row)[:BEGINNING] for row in rows)


def words() -> dict[str, str]:
    """Return the component's sentences in the reader's language."""
    return {
        "title": _("Type or paste a text"),
        "hint": _("The prediction updates as you type."),
        "examples": _("Or choose a text from the test set, never used in training:"),
        "placeholder": _("Type a text that is not in your data"),
        "too_large": _("The text is larger than 1 MB. Shorten it and try again."),
    }
