"""One thing is given to a model and its answer is drawn: no rerun of the page in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypedDict

from models.evaluation.calibration import JUDGED
from pages.shared.address import of_route
from pages.shared.i18n import _, count, current, together
from pages.shared.text import COLOURS
from runs.store.records import Run

if TYPE_CHECKING:
    from streamlit.components.v2 import ComponentRenderer
    from streamlit.components.v2.bidi_component import ComponentResult


class Form(Protocol):
    """How one item is given to a model, by modality."""

    component: ComponentRenderer
    MOST_BYTES: int

    def beginnings(self, run: Run, rows: Sequence[int]) -> list[str]:
        """What a person reads of examples before taking one; "" where there is nothing to read."""

    def words(self) -> dict[str, Any]:
        """The component's sentences in the reader's language."""


class Certainty(TypedDict):
    """How sure an answer is; `tested`: see `models.evaluation.calibration.bands`."""

    threshold: float
    tested: Sequence[tuple[float, float, float | None, int]]


MOST_EXPECTED = 5  # classes that are named before there is an answer


class Example(TypedDict):
    id: str  # row of the run's data set
    label: str
    text: str  # its beginning, where it is a text


def show(
    run: Run,
    rows: Mapping[int, str],
    *,
    form: Form,
    token: str,
    key: str,
    words: Mapping[str, str] = {},
    written: bool = False,
    certainty: Certainty | None = None,
    expected: Sequence[str] = (),
    on_answered: Callable[[], None] | None = None,
) -> ComponentResult:
    """Draw it; `rows` of the run's data set, with their labels, are its examples, `token` as `runs.api.predictions`
    reads it, `words` stand in place of the usual ones, `written` tells that an answer is a text, not classes,
    `certainty` when it counts as sure, and `expected` the classes that it can name.

    After an answer `result.answered` holds for one run of the page `key` and `file` of what was given, the `text`
    that was typed, or `row` of an example; the page runs again for it only with `on_answered`.
    """
    examples = [
        Example(id=str(row), label=label, text=text)
        for (row, label), text in zip(rows.items(), form.beginnings(run, list(rows)), strict=True)
    ]
    data = {
        "url": of_route("/api/answer"), "example": of_route("/api/example"), "token": token, "examples": examples,
        "words": answer_words(certainty) | form.words() | dict(words), "language": current(),
        "max_bytes": form.MOST_BYTES, "listening": on_answered is not None, "colours": COLOURS, "written": written,
        "certainty": certainty, "expected": list(expected[:MOST_EXPECTED]),
        "more": _("… and {n} more", n=len(expected) - MOST_EXPECTED) if len(expected) > MOST_EXPECTED else "",
    }  # fmt: skip
    return form.component(key=key, data=data, on_answered_change=on_answered or (lambda: None))


def few(tested: Sequence[tuple[float, float, float | None, int]] = ()) -> str:
    """Of a confidence that too few test examples had; where none other is `tested`, the test part is too small."""
    if len(tested) == 1:
        n = tested[0][3]
        return count("The test set has only {n} example, too few to tell how often such predictions are right.",
                     "The test set has only {n} examples, too few to tell how often such predictions are right.",
                     n)  # fmt: skip
    return _("Confidence {{low}} to {{high}}: fewer than {n} test examples, too few to measure the accuracy.",
             n=JUDGED)  # fmt: skip


def answer_words(certainty: Certainty | None = None) -> dict[str, str]:
    """What is said around an answer, in the reader's language."""
    return {
        "example": _("Example {n}"),
        "label": _("Label: {label}"),
        "idle": _("The prediction appears here."),
        "asking": _("Predicting …"),
        "starting": _("The model is starting …"),
        "seen": _("Model input"),
        "heat": _("Heat map"),
        "unsure": _("Not sure: {first} or {second}? The probability is below the confidence threshold of {least}."),
        "unsure_alone": _("Not sure: the probability is below the confidence threshold of {least}."),
        "tested": together(
            _("Test examples with a confidence of {low} to {high}: {right} correct ({n})."),
            _("This holds for examples like the training data; for others the model can be confidently wrong."),
        ),
        "few": few(certainty["tested"] if certainty else ()),
        "lost": _("The server did not answer. Check the connection and try again."),
    }
