"""Items that are one of a few classes."""

from __future__ import annotations

from models.errors import N_
from pages.task_types.base import Screens
from pages.task_types.classification import (
    check,
    editor,
    evaluation,
    model,
    paired,
    predict,
    report,
    slices,
    standalone,
)

SCREENS = Screens(
    check=check,
    editor=editor.EDITOR,
    model=model,
    evaluation=evaluation,
    slices=slices,
    compare=paired,
    predict=predict,
    report=report,
    in_report=N_("Include mistakes with their test examples"),
    standalone=standalone,
    repeated=N_("Test examples that are in the training data, too, the same or nearly so: **{n} of {of}**."),
    copies=N_("Duplicates with different labels"),
    changed=N_("label changed"),
    sizes=N_("Smallest {small}, most common {common}, largest {large}. Click a point to see its examples."),
    pinned=True,
    curve=N_("Validation accuracy per epoch, with the baselines as lines"),
    watched=N_(
        "Predicted classes and probabilities of monitored examples. The line shows the probability of the true label; "
        "drag the slider to go back. Unless only the head is trained, the head is first fitted to frozen features."
    ),
)
