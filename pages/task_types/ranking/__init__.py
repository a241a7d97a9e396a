"""Items of a catalogue, of which each user is shown a list."""

from __future__ import annotations

from models.errors import N_
from pages.task_types.base import Screens
from pages.task_types.ranking import check, editor, evaluation, model, paired, predict, report, slices, standalone

SCREENS = Screens(
    check=check,
    editor=editor.EDITOR,
    model=model,
    evaluation=evaluation,
    slices=slices,
    compare=paired,
    predict=predict,
    report=report,
    in_report=N_("Include the interactions of three test users, without IDs"),
    standalone=standalone,
    repeated="",
    copies=N_("Duplicates with different labels"),
    changed=N_("title changed"),
    sizes=N_("Popularity: lowest {small}, most common {common}, highest {large}. Click a point to see its items."),
    pinned=False,  # users are watched, not items
    curve=N_("Validation NDCG@10 per epoch, with the baselines as lines"),
    watched=N_(
        "Known interactions, a held-out item and the top recommendations of a few users. The curve shows the rank of "
        "the held-out item, rank 1 at the top. Drag the slider to go back."
    ),
)
