"""Lists of items for users; see `pages.parts.evaluating.kind.Kind`."""

from __future__ import annotations

import streamlit as st

from cases.dataset import Dataset
from pages.parts import owner, words
from pages.parts.evaluating import catalogue_map
from pages.parts.evaluating.catalogue_figures import figures
from pages.parts.evaluating.catalogue_users import Viewed, groups, users
from pages.parts.language import _, count, listed
from runs import edits, files, listings, store
from runs.store import Run

FEW_TESTED = 50  # users; below that the figure says little


def headline(run: Run) -> None:
    hit, asked = run.result["test"]["hit@10"], _asked(run)
    told = {name: 100 * hit[name] for name in ("value", "low", "high")}
    st.markdown(_("For about **{value:.0f}** of 100 users an item chosen next is in the top 10 (95% interval: "
                  "{low:.0f} to {high:.0f}). Measured once, on {users:,} test users, ranking every item without an "
                  "earlier interaction.", users=asked, **told))  # fmt: skip
    st.markdown(_verdict(run))
    if asked < FEW_TESTED:
        st.caption(_("Too few test users for a precise figure. Test on more."))


def _asked(run: Run) -> int:
    table = listings.of(run)
    return run.result["data"]["test"] if table is None else len(table)


def _verdict(run: Run) -> str:
    """How it compares with the strongest baseline; of several that are better with each."""
    mine, titles = run.result["test"]["ndcg@10"], words.references()
    known = {titles[name]: one["ndcg@10"]["value"] for name, one in run.result["references"].items()}
    first, *_others = order = sorted(known, key=known.get, reverse=True)
    if better := [name for name in order if known[name] > mine["value"]]:
        return _("This model (NDCG@10 {mine:.3f}) is worse than {baselines}. Try another network, or more epochs.",
                 mine=mine["value"], baselines=listed(f"{name} ({known[name]:.3f})" for name in better))  # fmt: skip
    if mine["low"] > known[first]:
        return _("Better than the strongest baseline, {name}: NDCG@10 {mine:.3f} against {other:.3f}.",
                 name=first, other=known[first], mine=mine["value"])  # fmt: skip
    return _("Not significantly better than the strongest baseline, {name} (NDCG@10 {other:.3f}). More data help most.",
             name=first, other=known[first])  # fmt: skip


def open_for(run: Run) -> Viewed | None:
    table, row = listings.of(run), store.dataset(run.dataset, owner.current())
    folder = files.datasets() / run.dataset
    if table is None or row is None or not (folder / "facts.json").exists():
        return None
    return Viewed(run, Dataset.open(folder, edits.current(owner.current(), run.dataset)), table)


def views() -> dict[str, str]:
    return {"overview": _("Metrics"), "users": _("Users"), "groups": _("By segment"), "map": _("Map")}


def wait(run: Run, seen: str) -> bool:
    return False


def show(viewed: Viewed, seen: str) -> None:
    drawn = {"overview": lambda one: figures(one.run), "users": users, "groups": groups,
             "map": lambda one: catalogue_map.show(one.run)}  # fmt: skip
    drawn[seen](viewed)


def opened(run: Run) -> None:
    """Users are looked at in their view."""


def promised(run: Run) -> None:
    hit = run.result["test"]["hit@10"]
    told = {name: 100 * hit[name] for name in ("value", "low", "high")}
    st.markdown(_("For about **{value:.0f}** of 100 users like those in its data an item chosen next is in the top 10 "
                  "(95% interval: {low:.0f} to {high:.0f}). It knows {items} and nothing else.",
                  items=count("{n} item", "{n} items", len(listings.titles(run)["ids"])), **told))  # fmt: skip
