"""The three users whose held-out item ranks lowest, the weakest segment, and two ways on from them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.shared import layout
from pages.shared.i18n import _, labelled, numbered
from pages.shared.text import bold, plain
from pages.task_types import state
from pages.task_types.ranking import users
from pages.task_types.ranking.users import Viewed
from runs.results import recommendations
from runs.store.records import Run

SHOWN = 3  # users, and items of each list


def show(viewed: Viewed) -> None:
    """Draw them; nothing where every held-out item is in the top 10."""
    missed = viewed.table[~viewed.table["right"]]
    if missed.empty:
        return
    names = recommendations.users(viewed.run)
    st.markdown(bold(_("Lowest ranks")))
    worst = missed.sort_values("rank", ascending=False, kind="stable").head(SHOWN)
    for place, (number, line) in layout.abreast(list(worst.iterrows()), SHOWN):
        with place:
            _user(viewed, names[number], line)
    st.caption(_weakest(viewed))
    run = viewed.run
    with st.container(horizontal=True):
        st.button(numbered(_("Missed users"), len(missed)), key=f"worst_all_{run.id}", icon=":material/search:",
                  on_click=_open, args=(run, "users"))  # fmt: skip
        st.button(_("Activity and popularity"), key=f"worst_groups_{run.id}", icon=":material/bar_chart:",
                  on_click=_open, args=(run, "groups"))  # fmt: skip


def _user(viewed: Viewed, name: str, line: pd.Series) -> None:
    """What is known, what came next, and what was recommended instead."""
    known, items = viewed.titles, len(viewed.dataset.samples)
    told = {_("History"): line["had"][::-1], _("Held-out item"): line["wanted"], _("Recommended"): line["list"]}
    lists = [f"{bold(title)}  \n" + " · ".join(plain(known[item]) for item in some[:SHOWN])
             for title, some in told.items()]  # fmt: skip
    rank = _("Rank {n:,} of {items:,}", n=min(int(line["rank"]) + 1, items), items=items)
    user = labelled(_("User"), plain(name))
    st.markdown("\n\n".join([f"{user} · {rank}", *lists]))


def _weakest(viewed: Viewed) -> str:
    """The segment by length of history in which the ranking is worst."""
    before, values = (viewed.table[name].to_numpy() for name in ("before", "ndcg@10"))
    found = [(float(values[inside].mean()), int(before[inside].min()), int(before[inside].max()))
             for inside in users.bands(before)]  # fmt: skip
    value, low, high = min(found)
    return _("By length of history, users with {low:,}–{high:,} interactions do worst: NDCG@10 {value:.3f}.",
             low=low, high=high, value=value)  # fmt: skip


def _open(run: Run, see: str) -> None:
    state.put("see", see)
    if see == "users":
        st.session_state[f"users_{run.id}_kind"] = "missed"
