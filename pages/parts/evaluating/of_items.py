"""Lists of items for users; see `pages.parts.evaluating.kind.Kind`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from cases.dataset import Dataset
from models import ranking
from models.errors import N_
from pages.parts import owner, words
from pages.parts.charts import bold, plain
from pages.parts.evaluating import catalogue_map, state
from pages.parts.evaluating.figures import intervals
from pages.parts.language import _, count, together
from runs import edits, files, listings, store
from runs.store import Run

FEW_TESTED = 50  # users; below that the figure says little
SHOWN = 10  # of a list
METRICS = ("ndcg@10", "recall@10", "hit@10", "mrr@10")
BANDS = 4  # in which users and items are divided, with as many in each
EXPLAINED = {
    "ndcg@10": N_("How near the top of the list what users went on to choose stands: 1 where it is always first, 0 "
                  "where it is never among the first ten."),
    "recall@10": N_("Of what users went on to choose, the share that is among the first ten of their list."),
    "hit@10": N_("The share of users who find something they went on to choose among the first ten."),
    "mrr@10": N_("The mean of one over the place of the first thing that was chosen; 0 beyond the tenth."),
}  # fmt: skip


@dataclass(frozen=True)
class Viewed:
    """`table` as `runs.listings.of` gives it; `titles` and `people` by the number of an item."""

    run: Run
    dataset: Dataset
    table: pd.DataFrame

    @property
    def titles(self) -> list[str]:
        return self.dataset.samples["label"].tolist()


def headline(run: Run) -> None:
    hit, asked = run.result["test"]["hit@10"], _asked(run)
    told = {name: 100 * hit[name] for name in ("value", "low", "high")}
    st.markdown(_("Of 100 users about **{value:.0f}** find what they chose next among the first ten of their list. "
                  "Measured once, on {users:,} users, every item they did not have ranked; with a confidence of 95 % "
                  "the true figure lies between {low:.0f} and {high:.0f}.", users=asked, **told))  # fmt: skip
    st.markdown(_verdict(run))
    if asked < FEW_TESTED:
        st.caption(_("So few users tell little. Test on more."))


def _asked(run: Run) -> int:
    table = listings.of(run)
    return run.result["data"]["test"] if table is None else len(table)


def _verdict(run: Run) -> str:
    mine, known = run.result["test"]["ndcg@10"], run.result["references"]
    best = max(known, key=lambda name: known[name]["ndcg@10"]["value"])
    other, name = known[best]["ndcg@10"], words.references()[best]
    if mine["low"] > other["value"]:
        return _("The best of the simple lists, {name}, comes to an NDCG@10 of {other:.3f}; this model to {mine:.3f}: "
                 "the training was worth it.", name=name, other=other["value"], mine=mine["value"])  # fmt: skip
    if mine["value"] >= other["value"]:
        return _("On this many users it cannot be told apart from {name} (NDCG@10 {other:.3f}). More data help most.",
                 name=name, other=other["value"])  # fmt: skip
    return _("{name} does better (NDCG@10 {other:.3f}). With little data that happens; try another network, or more "
             "epochs.", name=name, other=other["value"])  # fmt: skip


def figures(run: Run) -> None:
    test, known = run.result["test"], run.result["references"]
    with st.container(horizontal=True, gap="medium"):
        for name in METRICS:
            value = test[name]
            st.metric(words.metric(name), words.figure(name, value["value"]), width="content", help=together(
                _(EXPLAINED[name]), _("95 % interval: {low:.3f} to {high:.3f}, from drawing the users again and again "
                                      "(bootstrap).", low=value["low"], high=value["high"])))  # fmt: skip
        st.metric(_("Time"), _("{n:.0f} s", n=sum(run.result["seconds"].values())), width="content",
                  help=_("To prepare, train, evaluate and pack, over all attempts."))  # fmt: skip
        st.metric(_("Peak memory"), f"{run.result['peak_memory_mb'] / 1024:.1f} GB", width="content")
    names = [_("This model"), *(words.references()[name] for name in known)]
    intervals(names, [test["ndcg@10"], *(one["ndcg@10"] for one in known.values())], key=f"references_{run.id}",
              metric="ndcg@10", alt=_("NDCG@10 of this model beside what needs no training"))  # fmt: skip
    st.caption(_("NDCG@10 beside what needs no training. Popularity shows everybody what most have. Item-kNN shows "
                 "what the same people have; how many neighbours it takes was chosen on the validation "
                 "part."))  # fmt: skip
    _cuts(run)
    _breadth(run)


def _cuts(run: Run) -> None:
    """Every metric for lists of five, ten and twenty."""
    test = run.result["test"]
    rows = {_("List of"): [str(cut) for cut in ranking.CUTS]}
    for name in ("ndcg", "recall", "hit", "mrr"):
        told = [test[f"{name}@{cut}"] for cut in ranking.CUTS]
        title = words.metric(f"{name}@10").removesuffix("@10")
        rows[title] = [f"{one['value']:.3f} ({one['low']:.3f}–{one['high']:.3f})" for one in told]
    st.dataframe(rows, hide_index=True)


def _breadth(run: Run) -> None:
    lists = run.result.get("lists")
    if not lists:
        return
    names = {"model": _("This model"), **words.references()}
    st.dataframe({
        _("Whose lists"): [names[name] for name in lists],
        _("Coverage"): [f"{one['coverage@10']:.1%}" for one in lists.values()],
        _("Novelty (bits)"): [f"{one['novelty@10']:.2f}" for one in lists.values()],
    }, hide_index=True)  # fmt: skip
    st.caption(_("Coverage: the share of all items that stand in somebody's first ten. Novelty: how rare what is shown "
                 "is; one bit more means that half as many users have it."))  # fmt: skip


def open_for(run: Run) -> Viewed | None:
    table, row = listings.of(run), store.dataset(run.dataset, owner.current())
    folder = files.datasets() / run.dataset
    if table is None or row is None or not (folder / "facts.json").exists():
        return None
    return Viewed(run, Dataset.open(folder, edits.current(owner.current(), run.dataset)), table)


def views() -> dict[str, str]:
    return {"overview": _("Figures"), "users": _("Users"), "groups": _("For whom"), "map": _("Map")}


def wait(run: Run, seen: str) -> bool:
    return False


def show(viewed: Viewed, seen: str) -> None:
    drawn = {"overview": lambda one: figures(one.run), "users": _users, "groups": _groups,
             "map": lambda one: catalogue_map.show(one.run)}  # fmt: skip
    drawn[seen](viewed)


def _users(viewed: Viewed) -> None:
    """One user at a time: what they had, the list, and what they really chose."""
    key, table, names = f"users_{viewed.run.id}", viewed.table, listings.users(viewed.run)
    kinds = {"all": _("All ({n:,})", n=len(table)),
             "found": _("Found in the first ten ({n:,})", n=int(table["right"].sum())),
             "missed": _("Not found ({n:,})", n=int((~table["right"]).sum()))}  # fmt: skip
    kind = st.segmented_control(_("Which"), list(kinds), format_func=kinds.get, default="all", required=True, wrap=True,
                                key=f"{key}_kind", label_visibility="collapsed")  # fmt: skip
    some = table[{"all": table["right"].notna(), "found": table["right"], "missed": ~table["right"]}[kind]]
    if some.empty:
        st.caption(_("There are none."))
        return
    options = some.index.tolist()
    asked = state.item()
    chosen = st.selectbox(
        _("User"), options, options.index(asked) if asked in options else 0, key=f"{key}_{kind}",
        format_func=lambda number: _("{name} · {n} items before", name=names[number], n=table.at[number, "before"]),
        on_change=lambda: state.put("item", str(st.session_state[f"{key}_{kind}"])),
    )  # fmt: skip
    _one_user(viewed, table.loc[chosen])


def _one_user(viewed: Viewed, line: pd.Series) -> None:
    titles, wanted = viewed.titles, set(line["wanted"].tolist())
    before, listed, after = st.columns(3, gap="medium")
    with before:
        st.markdown(bold(_("Had, the latest first")))
        _titles(viewed, [titles[item] for item in line["had"][::-1][:SHOWN]])
    with listed:
        st.markdown(bold(_("Would be shown")))
        _titles(viewed, [titles[item] for item in line["list"][:SHOWN]], {n for n, item in enumerate(line["list"])
                                                                          if item in wanted})  # fmt: skip
    with after:
        st.markdown(bold(_("Chose next")))
        _titles(viewed, [titles[item] for item in line["wanted"][:SHOWN]])
        st.caption(_("It stood at place {n:,} of the list.", n=int(line["rank"]) + 1))


def _titles(viewed: Viewed, names: list[str], marked: set[int] = frozenset()) -> None:
    lines = [f"{number}. {bold(plain(name)) + ' ✓' if number - 1 in marked else plain(name)}"
             for number, name in enumerate(names, 1)]  # fmt: skip
    st.markdown("\n".join(lines) or "–")


def _groups(viewed: Viewed) -> None:
    """NDCG@10 by how much users had, and by how many have what they chose."""
    table, people = viewed.table, viewed.dataset.samples["people"].to_numpy()
    wanted = np.array([people[items].mean() for items in table["wanted"]])
    st.markdown(bold(_("By how many items users had before")))
    _bands(viewed, table["before"].to_numpy(), N_("{low:,}–{high:,} items"), "before")
    st.markdown(bold(_("By how many users have what was chosen")))
    _bands(viewed, wanted, N_("{low:,}–{high:,} users"), "wanted")
    st.caption(_("NDCG@10 with its 95 % interval, in {n} groups of about as many users each. What few have is hard to "
                 "find, for every method.", n=BANDS))  # fmt: skip


def _bands(viewed: Viewed, values: np.ndarray, title: str, name: str) -> None:
    edges = np.unique(np.quantile(values, np.linspace(0, 1, BANDS + 1)))
    band = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, max(len(edges) - 2, 0))
    titles, told = [], []
    for number in np.unique(band):
        inside = band == number
        titles.append(_(title, low=int(values[inside].min()), high=int(values[inside].max())))
        told.append(ranking.intervals({"ndcg@10": viewed.table["ndcg@10"].to_numpy()[inside]})["ndcg@10"])
    intervals(titles, told, key=f"bands_{name}_{viewed.run.id}", metric="ndcg@10", alt=_("NDCG@10 of groups of users"))


def opened(run: Run) -> None:
    """Users are looked at in their view."""


def promised(run: Run) -> None:
    hit = run.result["test"]["hit@10"]
    told = {name: 100 * hit[name] for name in ("value", "low", "high")}
    st.markdown(_("Of 100 users like those it learnt from about **{value:.0f}** found what they chose next among the "
                  "first ten of their list; with a confidence of 95 % the true figure lies between {low:.0f} and "
                  "{high:.0f}. It knows {items} and nothing else.",
                  items=count("{n} item", "{n} items", len(listings.titles(run)["ids"])), **told))  # fmt: skip
