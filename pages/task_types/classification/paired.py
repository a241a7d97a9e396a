"""Two runs on the same examples: which of them only one predicts correctly; see `base.CompareView`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from cases.dataset import Dataset
from models.evaluation import metrics, resampling, significance
from models.evaluation.metrics import Interval
from models.evaluation.predictions import Predictions
from pages import modalities
from pages.components.items import Entry
from pages.shared import owner
from pages.shared.i18n import _
from pages.task_types.classification.overview import FEW, SEVERAL
from pages.task_types.run_pair import RunPair
from runs.results import paired_runs, predictions
from runs.store import dataset_rows, datasets, edits
from runs.store.records import Run

PAGE = 30  # examples at a time


def differences(pair: RunPair) -> dict[str, Interval]:
    """Accuracy and macro-F1; top 3 and ROC-AUC where the probabilities of both were kept."""
    tables = paired_runs.shared(pair.one, pair.other)
    if tables is None:
        return {}
    labels = (tables[0] if paired_runs.is_newer(pair.one, pair.other) else tables[1])["label"]
    names = sorted({*labels, *(name for table in tables for name in table["predicted"])})
    number = {name: place for place, name in enumerate(names)}
    truth = labels.map(number).to_numpy()
    said = [table["predicted"].map(number).to_numpy() for table in tables]
    items = len(truth)
    draws = resampling.affordable(items * len(names))
    found = {"accuracy": _of_shares(*(one == truth for one in said), draws=draws)}
    f1 = [resampling.macro_f1_of(truth, one, len(names)) for one in said]
    found["macro_f1"] = resampling.difference(f1[1], f1[0], items, draws=draws)
    return found | _of_probabilities(pair, labels)


def _of_shares(one: np.ndarray, other: np.ndarray, *, draws: int) -> Interval:
    """How many more of the items are right in the `other`. Where few are right in one alone, bootstraps are too sure;
    the interval holds what the test above does not refuse, too."""
    drawn = resampling.difference(*(resampling.mean_of(right) for right in (other, one)), len(one), draws=draws)
    tested = significance.share_difference(significance.mcnemar(one, other))
    return drawn | {"low": min(drawn["low"], tested["low"]), "high": max(drawn["high"], tested["high"])}


def _of_probabilities(pair: RunPair, labels: pd.Series) -> dict[str, Interval]:
    """Top 3 and ROC-AUC, where both runs tell the same classes apart and their probabilities were kept."""
    outcomes = [predictions.of(run) for run in (pair.one, pair.other)]
    if any(one is None for one in outcomes) or outcomes[0].classes != outcomes[1].classes:
        return {}
    classes = outcomes[0].classes
    truth = labels.map({name: place for place, name in enumerate(classes)})
    if truth.isna().any():
        return {}
    shares, truth = [_at(one, labels.index) for one in outcomes], truth.to_numpy(int)
    found, draws = {}, resampling.affordable(len(truth) * len(classes))
    if len(classes) >= SEVERAL:
        found["top_3"] = _of_shares(*(metrics.among_top(one, truth, FEW) for one in shares), draws=draws)
    if metrics.roc_auc(shares[0], truth) is not None:
        areas = [resampling.roc_auc_of(one, truth) for one in shares]
        found["roc_auc"] = resampling.difference(areas[1], areas[0], len(truth), draws=draws)
    return found


def _at(outcome: Predictions, rows: pd.Index) -> np.ndarray:
    """(rows, classes) probabilities of these rows of the samples."""
    test = outcome.of("test")
    return test.probabilities[pd.Index(test.rows).get_indexer(rows)]


def items(pair: RunPair) -> None:
    """The examples that only one predicts correctly, and those of which each says something else that is wrong."""
    tables, dataset = paired_runs.shared(pair.one, pair.other), _data(pair.one)
    if tables is None or dataset is None:
        st.caption(_("The examples are no longer on the server."))
        return
    labels = (tables[0] if paired_runs.is_newer(pair.one, pair.other) else tables[1])["label"]
    said = [table["predicted"] for table in tables]
    right = [one == labels for one in said]
    one, other = pair.letters
    some = {"one": right[0] & ~right[1], "other": right[1] & ~right[0],
            "neither": ~right[0] & ~right[1] & (said[0] != said[1])}  # fmt: skip
    counts = {name: int(mask.sum()) for name, mask in some.items()}
    titles = {"one": _("Only {one} correct ({n:,})", one=one, n=counts["one"]),
              "other": _("Only {one} correct ({n:,})", one=other, n=counts["other"]),
              "neither": _("Both wrong, differently ({n:,})", n=counts["neither"])}  # fmt: skip
    usual = max(counts, key=lambda name: (counts[name] > 0, name != "neither", counts[name]))
    chosen = st.segmented_control(_("Which examples"), list(titles), format_func=titles.get, default=usual, wrap=True,
                                  required=True, key=f"paired_{pair.key}", label_visibility="collapsed")  # fmt: skip
    rows = [int(row) for row in _most_different(pair, labels[some[chosen]])]
    if not rows:
        st.caption(_("No matches."))
        return
    pages = -(-len(rows) // PAGE)
    turned = st.pagination(pages, key=f"paired_page_{pair.key}_{chosen}_{pages}") if pages > 1 else 1
    entries = [Entry(row, str(labels[row]), f"{one}: {said[0][row]} · {other}: {said[1][row]}")
               for row in rows[(turned - 1) * PAGE : turned * PAGE]]  # fmt: skip
    modalities.of(pair.one.case).listed(dataset, entries, key=f"paired_list_{pair.key}", size=144)
    st.caption(_("Each with its label and both predictions. Largest difference in the probability of the label first."))


def _data(run: Run) -> Dataset | None:
    """Those of the run; None where they are gone."""
    row = dataset_rows.by_id(str(run.dataset), owner.current())
    return datasets.opened(row, edits.current(row.owner, row.id)) if row else None


def _most_different(pair: RunPair, labels: pd.Series) -> Sequence[int]:
    """These rows, first those to whose label the two runs give the most different probabilities."""
    given = []
    for run in (pair.one, pair.other):
        outcome = predictions.of(run)
        number = {name: place for place, name in enumerate(outcome.classes)} if outcome else {}
        if not labels.isin(list(number)).all() or outcome is None:
            return labels.index.tolist()
        given.append(_at(outcome, labels.index)[np.arange(len(labels)), labels.map(number).to_numpy(int)])
    return labels.index[np.argsort(-np.abs(given[0] - given[1]), kind="stable")].tolist()
