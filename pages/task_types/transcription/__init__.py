"""Recordings whose words are written down."""

from __future__ import annotations

from types import MappingProxyType

from models.errors import N_
from pages.task_types.base import Screens
from pages.task_types.transcription import check, editor, evaluation, model, paired, predict, report, slices, standalone

SCREENS = Screens(
    check=check,
    editor=editor.EDITOR,
    model=model,
    evaluation=evaluation,
    slices=slices,
    compare=paired,
    predict=predict,
    report=report,
    in_report=N_("Include mistakes with their test recordings"),
    standalone=standalone,
    repeated=N_("Test sentences that are in the training data, too: **{n} of {of}**."),
    copies=N_("Duplicates with different transcripts"),
    changed=N_("transcript changed"),
    sizes=N_("Smallest {small}, most common {common}, largest {large}. Click a point to see its examples."),
    pinned=True,
    curve=N_("Validation word error rate per epoch, with the pretrained model as a line"),
    watched=N_(
        "Transcript and, below it, the prediction. The line shows the share transcribed correctly, 100% at the top. "
        "Drag the slider to go back."
    ),
    curves=MappingProxyType(
        {"cer": N_("Validation character error rate per epoch, with the pretrained model as a line")}
    ),
)
