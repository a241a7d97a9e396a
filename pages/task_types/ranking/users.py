"""Lists of items one user at a time, and for which users they are good."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from cases.dataset import Dataset
from cases.ranking.interactions import minimum
from models.errors import N_
from models.evaluation import ranking
from pages.shared import session
from pages.shared.i18n import _
from pages.shared.text import bold, plain
from pages.task_types import interval_figure, state
from pages.task_types.ranking import inside
from runs.results import recommendations
from runs.store.records import Run

SHOWN = 10  # of a list
BANDS = 4  # in which users and items are divided, with as many in each


@dataclass(frozen=True)
class Viewed:
    """`table` as `runs.results.recommendations.of` gives it; `titles` and `people` by the number of an item."""

    run: Run
    dataset: Dataset
    table: pd.DataFrame

    @property
    def titles(self) -> list[str]:
        return self.dataset.samples["label"].tolist()


def users(viewed: Viewed) -> None:
    """One user at a time: what is known of them, the list, and what was held out."""
    key, table, names = f"users_{viewed.run.id}", viewed.table, recommendations.users(viewed.run)
    kinds = {"all": _("All ({n:,})", n=len(table)),
             "found": _("In the top 10 ({n:,})", n=int(table["right"].sum())),
             "missed": _("Missed ({n:,})", n=int((~table["right"]).sum()))}  # fmt: skip
    kind = st.segmented_control(_("Filter"), list(kinds), format_func=kinds.get, default="all", required=True,
                                wrap=True, key=f"{key}_kind", label_visibility="collapsed")  # fmt: skip
    some = table[{"all": table["right"].notna(), "found": table["right"], "missed": ~table["right"]}[kind]]
    if some.empty:
        st.caption(_("No matches."))
        return
    options = some.index.tolist()
    asked = state.item()
    chosen = st.selectbox(
        _("User"), options, options.index(asked) if asked in options else 0, key=f"{key}_{kind}",
        format_func=lambda number: _("{name} · {n} known interactions", name=names[number],
                                     n=table.at[number, "before"]),
        on_change=lambda: state.put("item", str(session.among(f"{key}_{kind}", options, options[0]))),
    )  # fmt: skip
    _one_user(viewed, table.loc[chosen])


def _one_user(viewed: Viewed, line: pd.Series) -> None:
    titles, wanted = viewed.titles, set(line["wanted"].tolist())
    before, listed, after = st.columns(3, gap="medium")
    with before:
        st.markdown(bold(_("Known interactions")))
        _titles(viewed, [titles[item] for item in line["had"][::-1][:SHOWN]])
    with listed:
        st.markdown(bold(_("Recommended")))
        _titles(viewed, [titles[item] for item in line["list"][:SHOWN]], {n for n, item in enumerate(line["list"])
                                                                          if item in wanted})  # fmt: skip
    with after:
        st.markdown(bold(_("Held-out items")))
        _titles(viewed, [titles[item] for item in line["wanted"][:SHOWN]])
        st.caption(_("Rank {n:,} in the list.", n=int(line["rank"]) + 1))
    if viewed.run.packed:
        ids = recommendations.titles(viewed.run)["ids"]
        inside.offer(viewed.run, [ids[item] for item in line["had"]], ids[line["wanted"][0]], place="user")


def interactions_title(run: Run) -> str:
    """Title a list of a user's interactions, which are the latest ones if their times are known."""
    return _("Latest interactions") if recommendations.is_timed(run) else _("Interactions")


def _titles(viewed: Viewed, names: list[str], marked: set[int] = frozenset()) -> None:
    lines = [f"{number}. {bold(plain(name)) + ' ✓' if number - 1 in marked else plain(name)}"
             for number, name in enumerate(names, 1)]  # fmt: skip
    st.markdown("\n".join(lines) or "–")


def groups(viewed: Viewed) -> None:
    """NDCG@10 by how much users had, and by how many have what was held out."""
    table, people = viewed.table, viewed.dataset.samples["people"].to_numpy()
    wanted = np.array([people[items].mean() for items in table["wanted"]])
    st.markdown(bold(_("By history length")))
    _bands(viewed, table["before"].to_numpy(), N_("{low:,}–{high:,} interactions"), "before")
    st.markdown(bold(_("By item popularity")))
    _bands(viewed, wanted, N_("{low:,}–{high:,} users"), "wanted")
    st.caption(_("NDCG@10 with 95% intervals, in {n} segments of similar size. Unpopular items are hard to predict for "
                 "every method.", n=BANDS))  # fmt: skip
    if minimum(viewed.dataset, viewed.run.settings.get("min_rating")) is not None:
        st.caption(_("History counts positive interactions; popularity counts all ratings."))


def bands(values: np.ndarray) -> list[np.ndarray]:
    """(users,) → up to `BANDS` masks of about as many users each, from the smallest values to the largest."""
    edges = np.unique(np.quantile(values, np.linspace(0, 1, BANDS + 1)))
    band = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, max(len(edges) - 2, 0))
    return [band == number for number in np.unique(band)]


def _bands(viewed: Viewed, values: np.ndarray, title: str, name: str) -> None:
    titles, told = [], []
    for band in bands(values):
        titles.append(_(title, low=int(values[band].min()), high=int(values[band].max())))
        told.append(ranking.intervals({"ndcg@10": viewed.table["ndcg@10"].to_numpy()[band]})["ndcg@10"])
    interval_figure.show(
        titles, told, key=f"bands_{name}_{viewed.run.id}", metric="ndcg@10", alt=_("NDCG@10 by segment")
    )
