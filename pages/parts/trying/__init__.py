"""One thing is given to a model and its answer is drawn: no rerun of the page in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypedDict

import cases
from pages.parts import words
from pages.parts.charts import COLOURS
from pages.parts.language import _, current
from pages.parts.trying import pictures, sounds, texts
from runs.store import Run

if TYPE_CHECKING:
    from streamlit.components.v2.bidi_component import ComponentResult

WAYS = {"picture": pictures, "text": texts, "sound": sounds}  # medium → how one is given


class Example(TypedDict):
    id: str  # row of the run's data set
    label: str
    text: str  # its beginning, where it is a text


def show(
    run: Run, rows: Mapping[int, str], *, token: str, key: str, on_answered: Callable[[], None] | None = None
) -> ComponentResult:
    """Draw it; `rows` of the run's data set, with their labels, are its examples, `token` as `runs.answer_routes` reads
    it.

    After an answer `result.answered` holds for one run of the page `key` and `file` of what was given, or `row` of an
    example; the page runs again for it only with `on_answered`.
    """
    way = WAYS[cases.get(run.case).medium]
    examples = [
        Example(id=str(row), label=label, text=text)
        for (row, label), text in zip(rows.items(), way.beginnings(run, list(rows)), strict=True)
    ]
    targets = words.task_of(run).targets
    told = _words() | way.words() | (_words_of_texts() if targets == "texts" else {})
    data = {
        "url": "/api/answer", "example": "/api/example", "token": token, "examples": examples,
        "words": told, "language": current(), "max_bytes": way.MOST_BYTES,
        "listening": on_answered is not None, "colours": COLOURS, "targets": targets,
    }  # fmt: skip
    return way.component(key=key, data=data, on_answered_change=on_answered or (lambda: None))


def _words_of_texts() -> dict[str, str]:
    """In place of those that speak of classes."""
    return {
        "label": _("What was said: {label}"),
        "sure": _("How sure the model is of each piece, on average: {share}"),
        "silence": _("No word was heard."),
        "copy": _("Copy the text"),
        "copied": _("Copied"),
    }


def _words() -> dict[str, str]:
    return {
        "example": _("Example {n}"),
        "label": _("Its label: {label}"),
        "idle": _("The answer appears here."),
        "asking": _("Asking the model …"),
        "seen": _("What the model saw"),
        "lost": _("The server did not answer. Check the connection and try again."),
    }
