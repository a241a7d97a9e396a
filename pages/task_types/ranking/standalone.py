"""Lists of items in a demo without a server; see `pages.task_types.base.StandaloneView`."""

from __future__ import annotations

from models.errors import N_
from pages.components import prediction_form
from pages.shared.i18n import _
from pages.task_types import verdict
from pages.task_types.base import Part
from pages.task_types.ranking import evaluation, figures
from runs.store.records import Run

SAME = N_("Same first item")


def title(run: Run) -> str:
    return _("Recommends items by what you like")


def words(run: Run) -> dict[str, str]:
    """The sentences of the place to try."""
    return {
        **prediction_form.answer_words(), "fits": "",
        "pick": _("Pick a few items you like. The list updates at once."), "search": _("Search titles"),
        "none_found": _("No title contains “{typed}”."), "suggested": _("Popular items"),
        "recommendations": _("Recommendations"), "picked": _("Items you like"), "like": _("Like"),
        "like_title": _("Like {title}"), "remove_title": _("Remove {title}"),
        "known_by": _("popularity {n}"),
        "score_told": _("Score: the model's probability among all remaining items (softmax)."),
    }  # fmt: skip


def told(run: Run) -> list[str]:
    return [*filter(None, [evaluation.promise(run), figures.shipped(run.result), verdict.simply(run)])]


def parts(run: Run) -> list[Part]:
    return []


def classes(run: Run) -> list[str]:
    return []


def least_confidence(run: Run) -> None:
    return None
