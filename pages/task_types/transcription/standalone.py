"""Transcripts in a demo without a server; see `pages.task_types.base.StandaloneView`."""

from __future__ import annotations

from models.errors import N_
from pages import modalities
from pages.components import prediction_form
from pages.shared.i18n import _
from pages.task_types import verdict
from pages.task_types.base import Part
from pages.task_types.transcription import evaluation, predict
from runs.store.records import Run

SAME = N_("Same transcripts")


def title(run: Run) -> str:
    return _("Transcribes speech")


def words(run: Run) -> dict[str, str]:
    """The sentences of the place to try."""
    form = modalities.of(run.case).form
    return {
        **prediction_form.answer_words(), **(form.words() if form else {}), **predict.words(),
        "fits": _("It fits speech as in the training data. Noise, music or other languages may come out as words."),
        "unlike": _("Check the text: other voices, rooms or microphones bring more errors, whatever the confidence."),
    }  # fmt: skip


def told(run: Run) -> list[str]:
    return [evaluation.promise(run), verdict.simply(run)]


def parts(run: Run) -> list[Part]:
    return []


def classes(run: Run) -> list[str]:
    return []


def least_confidence(run: Run) -> None:
    return None
