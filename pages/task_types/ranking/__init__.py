"""Items of a catalogue, of which each user is shown a list."""

from __future__ import annotations

from models.errors import N_
from pages.task_types.base import Screens
from pages.task_types.ranking import check, editor, evaluation, model, predict

SCREENS = Screens(
    check=check,
    editor=editor.EDITOR,
    model=model,
    evaluation=evaluation,
    predict=predict,
    copies=N_("Duplicates with different labels"),
    changed=N_("title changed"),
    sizes=N_("Fewest {small}, most common {common}, most {large}. Click a point to see what so many users have."),
    pinned=False,  # users are watched, not items
    curve=N_("Validation NDCG@10 and recall@10 over the epochs, with the baselines' NDCG@10 as lines"),
    watched=N_(
        "For a few users: some known interactions, a held-out item, and the top of the network's list. The curve "
        "shows how high the held-out item ranks: at the top it is first. Move the slider to go back."
    ),
)
