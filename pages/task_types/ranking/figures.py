"""How good lists of items are, beside those that need no training, and how much of the catalogue they show."""

from __future__ import annotations

import streamlit as st

from cases.ranking.baselines import POPULARITY
from models.errors import N_
from models.evaluation import ranking
from pages.shared import durations, vocabulary
from pages.shared.i18n import _, together
from pages.shared.text import bold
from pages.task_types.figures import intervals
from runs.store.records import Run

METRICS = ("ndcg@10", "recall@10", "hit@10", "mrr@10")
EXPLAINED = {
    "ndcg@10": N_("Ranking quality of the held-out items: 1 if always first, 0 if never in the top 10."),
    "recall@10": N_("Share of held-out items in the top 10."),
    "hit@10": N_("Share of users with a held-out item in the top 10."),
    "mrr@10": N_("Mean reciprocal rank of the first held-out item; 0 beyond rank 10."),
}  # fmt: skip


def figures(run: Run) -> None:
    """Draw the ranking metrics of the test users, beside those of the baselines."""
    test, references = run.result["test"], run.result["references"]
    known = dict(sorted(references.items(), key=lambda one: -one[1]["ndcg@10"]["value"]))  # the strongest first
    with st.container(horizontal=True, gap="medium"):
        for name in METRICS:
            value = test[name]
            interval = _("95% interval: {low:.3f} to {high:.3f} (bootstrap over users).", low=value["low"],
                         high=value["high"])  # fmt: skip
            st.metric(vocabulary.metric(name), vocabulary.figure(name, value["value"]), width="content",
                      help=together(_(EXPLAINED[name]), interval))  # fmt: skip
        st.metric(_("Time"), durations.told(sum(run.result["seconds"].values())), width="content",
                  help=_("Preparation, training, evaluation and export, over all attempts."))  # fmt: skip
        st.metric(_("Peak memory"), f"{run.result['peak_memory_mb'] / 1024:.1f} GB", width="content")
    task = vocabulary.task_of(run)
    titles = vocabulary.baselines(task)
    names = [_("This model"), *(titles[name] for name in known)]
    intervals(names, [test["ndcg@10"], *(one["ndcg@10"] for one in known.values())], key=f"references_{run.id}",
              metric="ndcg@10", alt=_("NDCG@10 of this model and the baselines"))  # fmt: skip
    st.caption(
        together(
            _("NDCG@10 of this model and the baselines."),
            *(_(one.told) for one in reversed(task.baselines) if one.name in known),  # the simplest first
        )
    )
    _tried(run)
    _cuts(run)
    _breadth(run)


def kept(run: Run) -> str:
    """What the model is where validation preferred a network together with a baseline; else ""."""
    parts = vocabulary.kept(run)
    if len(parts) < 2:
        return ""
    return _("This model combines a network with {name}: better on validation than either alone.",
             name=vocabulary.baseline(run, parts[-1]))  # fmt: skip


def shipped(run: Run) -> str:
    """What it costs that a baseline leaves with its highest weights only; "" where nothing has weights."""
    told = run.result.get("shipped")
    if not told or vocabulary.kept(run)[-1] == POPULARITY.name:
        return ""
    if f"{told['kept']:.3f}" == f"{told['whole']:.3f}":
        return _("The exported model keeps the {weights:,} highest weights per item, without loss on the test set "
                 "(NDCG@10 {kept:.3f}).", **told)  # fmt: skip
    return _("The exported model keeps the {weights:,} highest weights per item: test NDCG@10 {kept:.3f}, against "
             "{whole:.3f} with all weights.", **told)  # fmt: skip


def _tried(run: Run) -> None:
    """What could have been kept, with what each reached on the validation part; nothing where only one thing could."""
    tried, kept = run.result.get("tried"), run.result.get("kept")
    if not tried:
        return
    names = {"network": _("Network"), **vocabulary.baselines(vocabulary.task_of(run))}
    st.markdown(bold(_("Chosen on validation")))
    st.dataframe({
        _("Model"): [" + ".join(names[part] for part in name.split("+")) for name in tried],
        _("Validation NDCG@10"): [f"{value:.3f}" for value in tried.values()],
        _("Selected"): ["✓" if name == kept else "" for name in tried],
    }, hide_index=True)  # fmt: skip


def _cuts(run: Run) -> None:
    """Every metric for lists of five, ten and twenty."""
    test = run.result["test"]
    rows = {_("Top k"): [str(cut) for cut in ranking.CUTS]}
    for name in ("ndcg", "recall", "hit", "mrr"):
        told = [test[f"{name}@{cut}"] for cut in ranking.CUTS]
        title = vocabulary.metric(name)
        rows[title] = [f"{one['value']:.3f} ({one['low']:.3f}–{one['high']:.3f})" for one in told]
    st.dataframe(rows, hide_index=True)


def _breadth(run: Run) -> None:
    lists = run.result.get("lists")
    if not lists:
        return
    names = {"model": _("This model"), **vocabulary.baselines(vocabulary.task_of(run))}
    st.dataframe({
        _("Method"): [names[name] for name in lists],
        _("Catalogue coverage"): [f"{one['coverage@10']:.1%}" for one in lists.values()],
        _("Novelty (bits)"): [f"{one['novelty@10']:.2f}" for one in lists.values()],
    }, hide_index=True)  # fmt: skip
    st.caption(_("Catalogue coverage: share of all items that appear in any top 10. Novelty: unpopularity of the "
                 "recommended items; one more bit means half as many users."))  # fmt: skip
