"""Lists of items for users; see `pages.task_types.base.EvaluationView`."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cases.dataset import Dataset
from models.errors import N_
from models.evaluation import significance
from models.evaluation.baseline_comparison import ABOVE
from models.evaluation.learning_curve import RISING
from pages.shared import owner, vocabulary
from pages.shared.i18n import _, count, together
from pages.task_types import generalization, result_figure, verdict
from pages.task_types import learning_curve as curve
from pages.task_types.base import NextStep
from pages.task_types.generalization import Gap
from pages.task_types.ranking import diagnoses as ranking_diagnoses
from pages.task_types.ranking import item_map, learning_curve, worst
from pages.task_types.ranking.figures import figures, kept, shipped
from pages.task_types.ranking.users import Viewed, groups, users
from runs import paths
from runs.results import learning_curve as kept_curve
from runs.results import recommendations
from runs.results.diagnosis import Diagnosis
from runs.store import dataset_rows, datasets, edits
from runs.store.records import Run

FEW_TESTED = 50  # users; below that the figure says little
CAUSES = N_(
    "Validation also selected the model, and preferences change between validation and test. Trust the test score, and "
    "train again on recent data."
)


def headline(run: Run) -> None:
    """Show how well it ranks, say for how many users the top 10 holds a held-out item, and whether baselines do."""
    result_figure.show(run, _("{tested}, held-out items never used in training", tested=tested(run)))
    said = [] if verdict.itself(run) else [kept(run), verdict.unfinished(run) or ("" if kept(run) else _advice(run))]
    st.markdown(together(verdict.briefly(run), *said))
    if parts := side_by_side(run):
        st.markdown(parts)
    st.markdown(_("All items new to a user are ranked. For about **{value:.0f}** of 100 users the top 10 contains a "
                  "held-out item.", value=100 * run.result["test"]["hit@10"]["value"]))  # fmt: skip
    if is_small(run):
        st.caption(_("Too few test users for a precise metric. Test on more."))


def side_by_side(run: Run) -> str:
    """See `verdict.side_by_side`; "" where the model is a network or a list alone."""
    parts = vocabulary.kept(run)
    return verdict.side_by_side(run, parts[-1], run.result.get("tried") or {}) if len(parts) == 2 else ""


def gap(run: Run) -> Gap | None:
    return generalization.gap(run, _asked(run), significance.means_apart)


def diagnoses(run: Run) -> Sequence[Diagnosis]:
    return ranking_diagnoses.diagnose(run, open_for(run), gap(run), CAUSES)


def next_steps(run: Run) -> Sequence[NextStep]:
    """More users, where the learning curve still rises."""
    found = kept_curve.of(run)
    if found is None or found.verdict != RISING:
        return ()
    reason = _("{n:,} more users would raise NDCG@10 by about {gain} ({low} to {high}).", n=found.more,
               **learning_curve.as_told(found))  # fmt: skip
    return (NextStep("examples", reason, label=_("More users"), icon=":material/show_chart:", open=curve.open_),)


def is_small(run: Run) -> bool:
    """Whether it was tested on so few users that the figure says little."""
    return _asked(run) < FEW_TESTED


def _asked(run: Run) -> int:
    table = recommendations.of(run)
    return run.result["data"]["test"] if table is None else len(table)


def tested(run: Run) -> str:
    return count("{n} test user", "{n} test users", _asked(run))


def _advice(run: Run) -> str:
    """What may do better; "" where the training was worth it."""
    if kept(run):
        return ""
    found = verdict.of(run)
    if found.better:
        return _("Common with little data. Try another network or more epochs.")
    return _("Training paid off.") if found.standing == ABOVE else _("More data usually helps.")


def open_for(run: Run) -> Viewed | None:
    """Open the run's lists with its data set, or return None where either is gone."""
    table, row = recommendations.of(run), dataset_rows.by_id(run.dataset, owner.current())
    folder = paths.datasets() / run.dataset
    if table is None or row is None or not datasets.is_there(run.dataset, run.owner):
        return None
    return Viewed(run, Dataset.open(folder, edits.current(owner.current(), run.dataset)), table)


def views() -> dict[str, str]:
    return {"overview": _("Overview"), "users": _("Users"), "groups": _("Activity and popularity"),
            "map": _("Map"), curve.NAME: curve.title()}  # fmt: skip


def wait(run: Run, seen: str) -> bool:
    """Measuring a curve is waited for by a timer, which no fragment may hold."""
    return seen == curve.NAME and curve.wait(run, learning_curve.WORDS)


def show(viewed: Viewed, seen: str) -> None:
    if seen == curve.NAME and not curve.is_measured(viewed.run):
        st.rerun()
    drawn = {"overview": _overview, "users": users, "groups": groups, "map": lambda one: item_map.show(one.run),
             curve.NAME: learning_curve.show}  # fmt: skip
    drawn[seen](viewed)


def _overview(viewed: Viewed) -> None:
    worst.show(viewed)
    figures(viewed.run)


def opened(run: Run) -> None:
    """Users are looked at in their view."""


def promise(run: Run) -> str:
    """For how many users the top 10 holds a held-out item."""
    exported = run.result.get("shipped") or {}  # which a visitor is asked to believe, and is shown
    hit = exported.get("hit@10") or run.result["test"]["hit@10"]
    told = {name: 100 * hit[name] for name in ("value", "low", "high")}
    return _("For about **{value:.0f}** of 100 similar users the top 10 contains a held-out item (95% interval: "
             "{low:.0f} to {high:.0f}). The catalogue has {items}.",
             items=count("{n} item", "{n} items", len(recommendations.titles(run)["ids"])), **told)  # fmt: skip


def promised(run: Run) -> None:
    """Tell a visitor the same, and what it costs that the model is exported without its lowest weights."""
    st.markdown(promise(run))
    if told_of_bundle := shipped(run.result):
        st.markdown(told_of_bundle)
