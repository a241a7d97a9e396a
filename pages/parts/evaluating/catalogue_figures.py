"""How good lists of items are, beside those that need no training, and how much of the catalogue they show."""

from __future__ import annotations

import streamlit as st

from models import ranking
from models.errors import N_
from pages.parts import words
from pages.parts.charts import bold
from pages.parts.evaluating.figures import intervals
from pages.parts.language import _, together
from runs.store import Run

METRICS = ("ndcg@10", "recall@10", "hit@10", "mrr@10")
EXPLAINED = {
    "ndcg@10": N_("How near the top of the list what users went on to choose stands: 1 where it is always first, 0 "
                  "where it is never among the first ten."),
    "recall@10": N_("Of what users went on to choose, the share that is among the first ten of their list."),
    "hit@10": N_("The share of users who find something they went on to choose among the first ten."),
    "mrr@10": N_("The mean of one over the place of the first thing that was chosen; 0 beyond the tenth."),
}  # fmt: skip


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
                 "what the same people have. EASE weighs every item for every other, in closed form; time-decayed, "
                 "older interactions count less. Neighbours, penalty and decay were chosen on the validation "
                 "part."))  # fmt: skip
    _shipped(run)
    _tried(run)
    _cuts(run)
    _breadth(run)


def kept(run: Run) -> str:
    """What the model is where validation preferred a baseline, alone or beside the network; else ""."""
    parts = (run.result.get("kept") or "network").split("+")
    if parts == ["network"]:
        return ""
    name = words.baseline(parts[-1])
    if len(parts) == 1:
        return _("This model is {name}: on validation no network was clearly better.", name=name)
    return _("This model is a network together with {name}: on validation better than either alone.", name=name)


def _shipped(run: Run) -> None:
    """What it costs that a baseline leaves with its highest weights only."""
    if told := run.result.get("shipped"):
        st.caption(_("The model that is tried and shared keeps the {weights:,} items that speak most for each: NDCG@10 "
                     "{kept:.3f} on the test part, in place of {whole:.3f} with all weights.", **told))  # fmt: skip


def _tried(run: Run) -> None:
    """What could have been kept, with what each reached on the validation part; nothing where only one thing could."""
    tried, kept = run.result.get("tried"), run.result.get("kept")
    if not tried:
        return
    names = {"network": _("The network"), **words.references()}
    st.markdown(bold(_("Chosen on validation")))
    st.dataframe({
        _("Model"): [" + ".join(names[part] for part in name.split("+")) for name in tried],
        _("NDCG@10 on validation"): [f"{value:.3f}" for value in tried.values()],
        _("Kept"): ["✓" if name == kept else "" for name in tried],
    }, hide_index=True)  # fmt: skip


def _cuts(run: Run) -> None:
    """Every metric for lists of five, ten and twenty."""
    test = run.result["test"]
    rows = {_("List of"): [str(cut) for cut in ranking.CUTS]}
    for name in ("ndcg", "recall", "hit", "mrr"):
        told = [test[f"{name}@{cut}"] for cut in ranking.CUTS]
        title = words.metric(name)
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
