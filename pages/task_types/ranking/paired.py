"""Two runs on the same users: the held-out item and the list of each, side by side; see `base.CompareView`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from models.evaluation import resampling
from models.evaluation.metrics import Interval
from pages.shared.i18n import _
from pages.shared.text import bold, plain
from pages.task_types.ranking import evaluation
from pages.task_types.ranking.users import SHOWN, Viewed, interactions_title
from pages.task_types.run_pair import RunPair
from runs.results import paired_runs, recommendations

METRICS = ("ndcg@10", "recall@10")  # those that are kept of each user


def differences(pair: RunPair) -> dict[str, Interval]:
    """NDCG@10 and recall@10, over users."""
    tables = paired_runs.shared(pair.one, pair.other)
    if tables is None:
        return {}
    users = len(tables[0])
    of = {name: [resampling.mean_of(table[name].to_numpy()) for table in tables]
          for name in METRICS if all(name in table for table in tables)}  # fmt: skip
    return {name: resampling.difference(other, one, users) for name, (one, other) in of.items()}


def items(pair: RunPair) -> None:
    """One user at a time: what was held out, and the two lists, first where the held-out item moved most."""
    tables, viewed = paired_runs.shared(pair.one, pair.other), [evaluation.open_for(pair.one),
                                                                evaluation.open_for(pair.other)]  # fmt: skip
    if tables is None or None in viewed or not recommendations.has_users(pair.one):
        st.caption(_("The interactions are no longer on the server."))
        return
    ranks = [table["rank"].to_numpy() for table in tables]
    some, names = _chosen(pair, ranks), recommendations.users(pair.one)
    options = [int(user) for user in tables[0].index[some]]
    if not options:
        st.caption(_("No matches."))
        return
    place = {user: number for number, user in zip(some, options, strict=True)}
    user = st.selectbox(
        _("User"), options, key=f"paired_user_{pair.key}_{len(options)}", width=480,
        format_func=lambda one: _user(pair, names[one], ranks, place[one]),
    )  # fmt: skip
    st.caption(_("First the users whose held-out item moved most between the two lists. ✓: held-out item. Bold: only "
                 "in this list."))  # fmt: skip
    _lists(pair, viewed, [table.loc[user] for table in tables])


def _chosen(pair: RunPair, ranks: Sequence[np.ndarray]) -> np.ndarray:
    """Places of the users of a kind, by how much the gain of the held-out item differs as NDCG counts it."""
    one, other = pair.letters
    kinds = {"all": np.ones(len(ranks[0]), bool), "one": ranks[0] < ranks[1], "other": ranks[1] < ranks[0]}
    titles = {"all": _("All ({n:,})", n=int(kinds["all"].sum())),
              "one": _("{one} better ({n:,})", one=one, n=int(kinds["one"].sum())),
              "other": _("{one} better ({n:,})", one=other, n=int(kinds["other"].sum()))}  # fmt: skip
    kind = st.segmented_control(_("Filter"), list(titles), format_func=titles.get, default="all", required=True,
                                wrap=True, key=f"paired_{pair.key}", label_visibility="collapsed")  # fmt: skip
    gains = [1 / np.log2(rank.astype(float) + 2) for rank in ranks]
    order = np.argsort(-np.abs(gains[0] - gains[1]), kind="stable")
    return order[kinds[kind][order]]


def _user(pair: RunPair, name: str, ranks: Sequence[np.ndarray], place: int) -> str:
    one, other = pair.letters
    return _("{name} · rank {a:,} in {one}, {b:,} in {other}", name=name, one=one, a=int(ranks[0][place]) + 1,
             other=other, b=int(ranks[1][place]) + 1)  # fmt: skip


def _lists(pair: RunPair, viewed: Sequence[Viewed], lines: Sequence[pd.Series]) -> None:
    titles, wanted = [one.titles for one in viewed], set(lines[0]["wanted"].tolist())
    shown = [line["list"][:SHOWN].tolist() for line in lines]
    named = [[titles[run][item] for item in items] for run, items in enumerate(shown)]
    columns = st.columns(3, gap="medium")
    with columns[0]:
        st.markdown(bold(_("Held-out items")))
        _titles([titles[0][item] for item in lines[0]["wanted"][:SHOWN]])
        st.markdown(bold(interactions_title(pair.one)))
        _titles([titles[0][item] for item in lines[0]["had"][::-1][:SHOWN]])
    for run, column in enumerate(columns[1:]):
        with column:
            st.markdown(bold(_("Recommended by {run}", run=pair.letters[run])))
            found = {number for number, item in enumerate(shown[run]) if item in wanted}
            alone = {number for number, name in enumerate(named[run]) if name not in named[1 - run]}
            _titles(named[run], found, alone)
            st.caption(_("Rank {n:,} in the list.", n=int(lines[run]["rank"]) + 1))


def _titles(names: Sequence[str], found: set[int] = frozenset(), alone: set[int] = frozenset()) -> None:
    told = [bold(plain(name)) if number in alone else plain(name) for number, name in enumerate(names)]
    st.markdown("\n".join(f"{n + 1}. {name}{' ✓' if n in found else ''}" for n, name in enumerate(told)) or "–")
