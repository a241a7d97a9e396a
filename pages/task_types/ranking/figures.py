"""How good lists of items are, beside those that need no training, and how much of the catalogue they show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cases.ranking.baselines import POPULARITY
from cases.ranking.networks import RESIDUAL
from models.errors import N_
from models.evaluation import ranking
from pages.shared import vocabulary
from pages.shared.i18n import _, together
from pages.shared.text import bold
from pages.task_types import cost, interval_figure, verdict
from runs.store.records import Run

HEADLINE, MODEL = "ndcg@10", "model"  # the metric that is told first; what a result calls the lists of the model
METRICS = ("ndcg", "recall", "hit", "mrr")
EXPLAINED = {
    "recall": N_("Share of held-out items in the top 10."),
    "hit": N_("Share of users with a held-out item in the top 10."),
    "mrr": N_("Mean reciprocal rank of the first held-out item; 0 beyond rank 10."),
}  # fmt: skip


def figures(run: Run) -> None:
    """Draw how the model ranks beside simple lists; what else was measured is folded."""
    task, known = vocabulary.task_of(run), baselines(run)
    titles = vocabulary.baselines(task)
    st.markdown(bold(_("Baselines on the test set")))
    interval_figure.show(
        [titles[name] for name in known], [one[HEADLINE] for one in known.values()], key=f"references_{run.id}",
        metric=HEADLINE, model=run.result["test"][HEADLINE], alt=_("NDCG@10 of this model and the baselines"),
    )  # fmt: skip
    st.caption(
        together(
            _("NDCG@10 with 95% intervals (bootstrap over users). 1: held-out items always come first; 0: never in the "
              "top 10."),
            *(_(one.told) for one in reversed(task.baselines) if one.name in known),  # the simplest first
            _("No network is shown: only the model that was kept is tested.") if verdict.dropped_network(run) else "",
        )
    )  # fmt: skip
    _beside(run)
    _tried(run)
    if told := shipped(run.result):
        st.caption(told)
    with st.expander(_("Details")):
        _cuts(run)
        with st.container(horizontal=True, gap="medium"):
            cost.show(run)


def baselines(run: Run) -> dict[str, dict[str, Any]]:
    """Those that were measured, the strongest first, but for the one that the model itself is."""
    others = {name: one for name, one in run.result["references"].items() if name != run.result.get("kept")}
    return dict(sorted(others.items(), key=lambda one: -one[1][HEADLINE]["value"]))


def told_metrics(run: Run) -> tuple[str, ...]:
    """The metrics without their cut; where each user has one held-out item, the hit rate is recall and is left out."""
    test = run.result["test"]
    same = all(test[f"recall@{cut}"] == test[f"hit@{cut}"] for cut in ranking.CUTS)
    return tuple(name for name in METRICS if name != "hit" or not same)


def _explained(name: str, shown: tuple[str, ...]) -> str:
    same = "" if "hit" in shown or name != "recall" else _("Each user has one held-out item: it is the hit rate, too.")
    return together(_(EXPLAINED[name]), same)


def _beside(run: Run) -> None:
    """The table of the model and the simple lists: the metrics that the figure above does not have, and how much of the
    catalogue the lists show."""
    known, shown, lists = {MODEL: run.result["test"], **baselines(run)}, told_metrics(run), run.result.get("lists")
    names = {MODEL: _("This model"), **vocabulary.baselines(vocabulary.task_of(run))}
    metrics = [name for name in shown if f"{name}@10" != HEADLINE]
    table: dict[str, list] = {"method": [names[name] for name in known]}
    table |= {name: [one[f"{name}@10"]["value"] for one in known.values()] for name in metrics}
    if lists:
        of = [lists.get(name, {}) for name in known]
        table["coverage"] = [100 * one["coverage@10"] if one else None for one in of]
        table["novelty"] = [one.get("novelty@10") for one in of]
    columns = {
        "method": st.column_config.TextColumn(_("Method"), pinned=True),
        **{name: st.column_config.NumberColumn(vocabulary.metric(f"{name}@10"), format="%.3f",
                                               help=_explained(name, shown)) for name in metrics},
        "coverage": st.column_config.NumberColumn(_("Catalogue coverage"), format="%.1f%%",
                                                  help=_("Share of all items that appear in any top 10.")),
        "novelty": st.column_config.NumberColumn(
            _("Novelty (bits)"), format="%.2f",
            help=_("Unpopularity of the recommended items; one more bit means half as many users.")),
    }  # fmt: skip
    st.dataframe(table, hide_index=True, column_config=columns, key=f"beside_{run.id}")


def kept(run: Run) -> str:
    """What the model is where validation preferred a network together with a baseline; else ""."""
    parts = vocabulary.kept(run)
    if len(parts) < 2:
        return ""
    if run.result.get("chosen", {}).get("network") == RESIDUAL:
        return _("This model starts from {name}; a network adds what {name} leaves out. Together they did better on "
                 "validation.",
                 name=vocabulary.baseline(run, parts[-1]))  # fmt: skip
    return _("This model combines a network with {name}: better on validation than either alone.",
             name=vocabulary.baseline(run, parts[-1]))  # fmt: skip


def shipped(result: Mapping[str, Any]) -> str:
    """What it costs that a baseline leaves with its highest weights only; "" where nothing has weights or all
    of them leave."""
    told = result.get("shipped")
    if not told or result.get("kept", "").split("+")[-1] == POPULARITY.name:
        return ""
    if told["weights"] == told.get("of"):
        return ""  # all leave
    if f"{told['kept']:.3f}" == f"{told['whole']:.3f}":
        return _("The exported model keeps the {weights:,} highest weights per item, without loss on the test set.",
                 **told)  # fmt: skip
    itself = result.get("kept") in result["references"]
    strongest = max(one["ndcg@10"]["value"] for one in result["references"].values())
    return together(
        _("The exported model keeps the {weights:,} highest weights per item: test NDCG@10 {kept:.3f}; with all "
          "weights {whole:.3f}.", **told),
        _("That is below the strongest baseline with all its weights ({value:.3f}).", value=strongest)
        if not itself and told["kept"] < strongest else "",
    )  # fmt: skip


def _tried(run: Run) -> None:
    """What could have been kept, with what each reached on the validation part; nothing where only one thing could."""
    tried, kept = run.result.get("tried"), run.result.get("kept")
    if not tried:
        return
    names = {"network": _("Neural network"), **vocabulary.baselines(vocabulary.task_of(run))}
    st.markdown(bold(_("Chosen on validation")))
    st.dataframe({
        _("Model"): [" + ".join(names[part] for part in name.split("+")) for name in tried],
        _("Validation NDCG@10"): [f"{value:.3f}" for value in tried.values()],
        _("Selected"): ["✓" if name == kept else "" for name in tried],
    }, hide_index=True)  # fmt: skip


def cuts(run: Run) -> dict[str, list[str]]:
    """Heading → its column: every metric with its interval, for lists of five, ten and twenty."""
    test = run.result["test"]
    rows = {_("Top k"): [str(cut) for cut in ranking.CUTS]}
    for name in told_metrics(run):
        told = [test[f"{name}@{cut}"] for cut in ranking.CUTS]
        rows[vocabulary.metric(name)] = [f"{one['value']:.3f} ({one['low']:.3f}–{one['high']:.3f})" for one in told]
    return rows


def _cuts(run: Run) -> None:
    """Draw every metric for lists of five, ten and twenty."""
    st.markdown(bold(_("By list length")))
    st.dataframe(cuts(run), hide_index=True)
    st.caption(_("In brackets: 95% interval (bootstrap over users)."))
