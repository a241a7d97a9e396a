"""Recordings whose words are written down."""

from __future__ import annotations

from types import MappingProxyType

from models.errors import N_
from pages.task_types.base import Screens
from pages.task_types.transcription import check, editor, evaluation, model, predict

SCREENS = Screens(
    check=check,
    editor=editor.EDITOR,
    model=model,
    evaluation=evaluation,
    predict=predict,
    copies=N_("The same recording with different transcripts"),
    changed=N_("transcript changed"),
    sizes=N_("Smallest {small}, most common {common}, largest {large}. Click a point to see its examples."),
    pinned=True,
    curve=N_("Word errors on the validation part over the epochs, with the untouched model as a line"),
    watched=N_(
        "What was said, and below it what the network writes. The line shows how much of it is right: at the top "
        "all of it. Move the slider to go back."
    ),
    curves=MappingProxyType(
        {"cer": N_("Character errors on the validation part over the epochs, with the untouched model as a line")}
    ),
)
