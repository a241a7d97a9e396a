"""Slices: where the model is worse than on the rest of the test part; and all views of an evaluation for one slice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

import cases
from cases.base import OF_ITEM, OF_USER, TABLE
from models.evaluation import slices
from models.evaluation.metrics import Interval, is_share
from models.evaluation.slices import LEAST, Compared, Scores, Slice
from pages.components import slice_list
from pages.shared import owner, polling, session, vocabulary
from pages.shared.i18n import _, count, labelled, listed, together
from pages.shared.text import bold, plain
from pages.task_types import state
from pages.task_types.base import EvaluationData, SliceView
from runs.results import traits
from runs.store import records
from runs.store.records import Run

NAME = "slices"  # of the view, in the address
ONLY = "only"  # the slice that all views are about, in the address
SHOWN = 8  # slices that are shown at first
MOST = 100  # at most
GROUPED = 10_000  # from which on thousands are set apart: years are not


@dataclass(frozen=True, eq=False)
class Cut:
    """The slices of a run's examples, `ids` of every part; `places`: of the test examples among them; `traits`: what
    they are cut by, with or without a slice."""

    ids: np.ndarray
    places: np.ndarray
    slices: list[Slice]
    traits: list[str]

    def chosen(self) -> Slice | None:
        """The one in the address; None where there is none, or no such slice."""
        return next((one for one in self.slices if one.name == state.get(ONLY)), None)

    def tested(self, one: Slice) -> np.ndarray:
        """(test examples,) those in a slice."""
        return one.inside[self.places]

    def examples(self, one: Slice) -> np.ndarray:
        """The ids of those in a slice, of every part."""
        return self.ids[one.inside]


def _cut(run: Run, scores: Scores) -> Cut | None:
    """None where nothing is measured."""
    table = traits.of(run)
    if table is None:
        return None
    places = table.index.get_indexer(scores.examples)
    known = table.columns[(table.notna() & (table != "")).any()]
    return Cut(table.index.to_numpy(), places, traits.sliced(run, scores.examples), [*known])


def is_measured(run: Run) -> bool:
    return traits.of(run) is not None


def wait(run: Run) -> None:
    """Have the examples measured, and show how far that is; what was stopped or failed begins again by a button."""
    work = records.latest("slices", run.id, owner.current())
    outdated = work is not None and work.ended_already and (work.status == "done" or work.created < (run.ended or 0))
    if work is None or outdated:
        work = _begin(run)
    if polling.stands(work, _("Measuring the examples."), _("Measuring was stopped.")):
        return
    st.button(_("Measure again"), key=f"measure_{run.id}", icon=":material/refresh:", on_click=_begin, args=(run,))


def _begin(run: Run) -> Run:
    identity = records.create_run(run.owner, "slices", run.case, run.name, subject=run.id)
    return records.run(identity, run.owner)


def filtered(viewed: Any, view: SliceView) -> Any:
    """The same of the slice in the address alone, with a way out above; of all where none is there."""
    if not state.get(ONLY):
        return viewed
    scores = view.scores(viewed)
    cut = _cut(viewed.run, scores)
    chosen = cut.chosen() if cut else None
    with st.container(horizontal=True, vertical_alignment="center"):
        if cut is None or chosen is None:
            st.caption(_("The slice in the address is unknown."))
            _way_out(viewed.run, _("Show all"))
            return viewed
        inside = cut.tested(chosen)
        size = view.sized(int(inside.sum()))
        _way_out(viewed.run, _("Only “{slice}” ({examples})", slice=plain(named(viewed, cut, chosen)), examples=size))
        st.markdown(_told(scores, inside), width="content")
    st.caption(_("The headline and the baselines are still those of the whole test set."))
    return view.only(viewed, cut.examples(chosen))


def _way_out(run: Run, label: str) -> None:
    st.button(label, key=f"only_{run.id}", icon=":material/close:", on_click=state.put, args=(ONLY, None),
              help=_("Show the whole test set again."))  # fmt: skip


def _told(scores: Scores, inside: np.ndarray) -> str:
    """How good the model is there, and on the rest."""
    here, rest = scores.interval(inside), scores.value(~inside)
    figure = lambda value: vocabulary.figure(scores.metric, value)  # noqa: E731
    return _("**{metric} {value}** ({low} to {high}), rest {rest}", metric=vocabulary.metric(scores.metric),
             value=figure(here["value"]), low=figure(here["low"]), high=figure(here["high"]),
             rest=figure(rest))  # fmt: skip


def show(viewed: Any, view: SliceView) -> None:
    """Draw the slices, the worst first, and the items of the one in the address."""
    scores = view.scores(viewed)
    cut = _cut(viewed.run, scores)
    found = slices.compared(cut.slices, cut.places, scores) if cut else []
    if cut is None or not found:
        st.caption(_("Too few test examples for slices: each needs {n}, and so does the rest.", n=LEAST))
        return
    st.markdown(_verdict(found))
    key = f"slices_{viewed.run.id}"
    some = found[:MOST] if len(found) <= SHOWN or _all_shown(key, len(found)) else found[:SHOWN]
    intervals = [scores.interval(cut.tested(one.slice)) for one in some]
    end, whole = _end(scores, intervals), scores.value(np.ones(len(scores.examples), bool))
    slice_list.show(
        [_row(named(viewed, cut, one.slice), view.sized(one.n), one, interval, scores, end)
         for one, interval in zip(some, intervals, strict=True)], key=key,
        whole=whole / end, whole_told=labelled(_("Whole test set"), vocabulary.figure(scores.metric, whole)),
        chosen=state.get(ONLY), on_picked=lambda: _choose(session.told(key, "picked")),
    )  # fmt: skip
    st.caption(together(
        _("p: how often chance alone makes any of the {n} slices so much worse than the rest (Holm-corrected).",
          n=len(found)),
        _("Numbers are cut into parts of similar size."), _("Click a slice to open it."), _absent(viewed.run, cut),
    ))  # fmt: skip
    if (chosen := cut.chosen()) is not None:
        st.markdown(bold(plain(named(viewed, cut, chosen))))
        view.items(view.only(viewed, cut.examples(chosen)))


def _absent(run: Run, cut: Cut) -> str:
    """What else is known of the examples, and why it gives no slice; "" where everything gives some."""
    left = [name for name in cut.traits if name not in {one.trait for one in cut.slices}]
    if not left:
        return ""
    titles = [plain(_titled(run, name)) for name in left]
    return _("Not shown: {names} (fewer than {n} test examples inside or outside, or the same as another slice).",
             names=listed(titles), n=LEAST)  # fmt: skip


def _choose(name: str | None) -> None:
    """The slice that was clicked; the one that is chosen already no more."""
    state.put(ONLY, None if name == state.get(ONLY) else name)


def _all_shown(key: str, n: int) -> bool:
    return st.toggle(_("All {n} slices", n=n), key=f"{key}_all", persist_state="page")


def _verdict(found: list[Compared]) -> str:
    """How many were looked at, and how many stand out."""
    traits_seen = len({one.slice.trait for one in found})
    looked = _("{n} slices by {m} properties were compared with the rest.", n=len(found), m=traits_seen)
    bad = sum(one.stands_out for one in found)
    if not bad:
        return together(looked, _("None is significantly worse."))
    return together(looked, count("**{n} is significantly worse**.", "**{n} are significantly worse**.", bad))


def _end(scores: Scores, intervals: list[Interval]) -> float:
    """Where the line ends: at 100 %, or as far as the intervals of small figures and of error rates reach."""
    reach = max(one["high"] for one in intervals)
    return 1.0 if is_share(scores.metric) and not scores.falling else max(1.1 * reach, 0.01)


def _row(name: str, size: str, one: Compared, interval: Interval, scores: Scores, end: float) -> slice_list.Row:
    figure = lambda value: vocabulary.figure(scores.metric, value)  # noqa: E731
    return {
        "id": one.slice.name, "name": name, "size": size,
        "figure": figure(one.value), "at": one.value / end, "low": interval["low"] / end,
        "high": interval["high"] / end,
        "interval": _("{low} to {high}", low=figure(interval["low"]), high=figure(interval["high"])),
        "difference": _difference(scores, one.value - one.rest),
        "chance": "p < 0.001" if one.p < 0.001 else f"p = {one.p:.3f}" if one.p < 0.1 else f"p = {one.p:.2f}",
        "worse": one.stands_out,
    }  # fmt: skip


def _difference(scores: Scores, value: float) -> str:
    sign = "−" if value < 0 else "+"
    if not is_share(scores.metric):
        return _("{value} against the rest", value=f"{sign}{abs(value):.3f}")
    return _("{value} points against the rest", value=f"{sign}{abs(100 * value):.1f}")


def named(viewed: EvaluationData, cut: Cut, one: Slice) -> str:
    """A slice in words, as “Brightness: 0.1–0.2”."""
    if one.trait == traits.CLUSTER:
        return _clustered(viewed, cut, one)
    trait = cases.get(viewed.run.case).traits.get(one.trait)
    title = _titled(viewed.run, one.trait)
    if one.value is not None:
        value = _(trait.values[one.value]) if trait and one.value in trait.values else one.value
        return labelled(title, value or _("unknown"))
    low, high = (_number(number, trait is not None and trait.share) for number in (one.low, one.high))
    if low == high:
        return labelled(title, low)
    return labelled(title, _("{low} to {high}", low=low, high=high) if one.low < 0 else f"{low}–{high}")


def _titled(run: Run, trait: str) -> str:
    """As the case calls it; of a column in a person's table its heading."""
    if trait == traits.CLUSTER:
        return _("Cluster")
    if known := cases.get(run.case).traits.get(trait):
        return _(known.title)
    if trait.startswith(OF_USER):
        return _("{name} of the user", name=trait.removeprefix(OF_USER))
    if trait.startswith(OF_ITEM):
        return _("{name} of the held-out item", name=trait.removeprefix(OF_ITEM))
    return trait.removeprefix(TABLE)


def _clustered(viewed: EvaluationData, cut: Cut, one: Slice) -> str:
    """By its number, and the label that most of its examples have."""
    name = _("Cluster {n}", n=str(one.value).removeprefix(traits.MARK))
    if not one.value:
        return _("No cluster")
    rows = viewed.dataset.samples.index.intersection(cut.examples(one))
    labels = viewed.dataset.samples.loc[rows, "label"].value_counts()
    if labels.empty:
        return name
    if 2 * labels.iloc[0] > len(rows):
        return _("{name} (mostly “{label}”)", name=name, label=labels.index[0])
    return _("{name} ({labels} most often)", name=name, labels=listed(f"“{label}”" for label in labels.index[:2]))


def _number(value: float, share: bool) -> str:
    if value < 0:
        return "−" + _number(-value, share)
    if share:
        return f"{value:.1%}"
    if float(value).is_integer() or value >= GROUPED:
        return f"{value:,.0f}" if value >= GROUPED else f"{value:.0f}"
    return f"{value:.3g}" if value < 1000 else f"{value:.1f}"
