"""Learning curve: what more users would bring, by the model of the run fitted anew to the histories of some."""

from __future__ import annotations

import streamlit as st

from models.errors import N_
from models.evaluation.learning_curve import DRAWS, LearningCurve, Point
from pages.shared import vocabulary
from pages.shared.i18n import _, count, together
from pages.task_types import learning_curve
from pages.task_types.learning_curve import Words
from pages.task_types.ranking.figures import HEADLINE
from pages.task_types.ranking.users import Viewed

WORDS = Words(
    asked=N_("Would more users help? The model is trained again on the histories of 10, 25, 50 and 100% of the users."),
    uses=N_("Takes three to eight times as long as one training and can be stopped. The test set is not used."),
    rising=N_("**{n:,} more users, with about {interactions:,} interactions, would raise NDCG@10 by about {gain}** "
              "({low} to {high})."),
    flat=N_("**The curve is flat**: {n:,} more users would raise NDCG@10 by at most {high}."),
    few=N_("**Too few users** to tell what more would bring."),
    unclear=N_("**Nothing can be told** of more users: the curve is too uneven, or its intervals are too wide."),
)  # fmt: skip


def show(viewed: Viewed) -> None:
    """The whole curve, also beside a slice: it is about the training set."""
    found = learning_curve.show(viewed.run, WORDS, as_told, HEADLINE, _("Users in training"), _point)
    if found is None:
        return
    users = count("{n} user", "{n} users", found.judged)
    st.caption(together(
        _("Whole users are drawn: a share of the interactions would shorten every history instead."),
        _("Judged on the validation items of {users} whom the model never learns from, so values differ from the test "
          "set.", users=users),
        _("Each size is trained and tuned anew, without these users."),
        _("95% intervals over the users; each part is drawn anew in each of five folds. The test set is not used.")
        if found.out_of_fold else
        _("95% intervals over {draws} random draws and over the users; the test set is not used.", draws=DRAWS),
    ))  # fmt: skip


def _point(one: Point) -> str:
    return _("{n:,} users: {value:.3f} ({low:.3f} to {high:.3f})", n=one.n, value=one.value, low=one.low, high=one.high)


def as_told(found: LearningCurve) -> dict[str, str]:
    """The gain and its bounds."""
    gain = found.gain or {"value": 0.0, "low": 0.0, "high": 0.0}
    told = {"gain": gain["value"], "low": gain["low"], "high": gain["high"]}
    return {name: vocabulary.figure(HEADLINE, value).replace("-", "−") for name, value in told.items()}
