"""Items that are one of a few classes."""

from __future__ import annotations

from models.errors import N_
from pages.task_types.base import Screens
from pages.task_types.classification import check, editor, evaluation, model, predict

SCREENS = Screens(
    check=check,
    editor=editor.EDITOR,
    model=model,
    evaluation=evaluation,
    predict=predict,
    copies=N_("Copies under different labels"),
    changed=N_("label changed"),
    sizes=N_("Smallest {small}, most common {common}, largest {large}. Click a point to see what has that size."),
    pinned=True,
    curve=N_("Validation accuracy over the epochs, with reference lines"),
    watched=N_(
        "The predicted classes with their probabilities. The line below is the probability of the true label. Move "
        "the slider to go back. Where more than the head learns, the head is fitted to the frozen features first, "
        "so it may be right from the start."
    ),
)
