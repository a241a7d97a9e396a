"""Slices of test examples that have a class; see `pages.task_types.base.SliceView`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.evaluation import metrics
from models.evaluation.metrics import Interval
from models.evaluation.predictions import Predictions
from models.evaluation.slices import Scores
from pages.shared.i18n import count
from pages.task_types.classification import item_browser
from pages.task_types.classification.item_browser import Viewed


def scores(viewed: Viewed) -> Scores:
    """Accuracy: 1 for each example that is predicted correctly."""
    test = viewed.outcome.of("test")
    right = test.right

    def interval(inside: np.ndarray) -> Interval:
        low, high = metrics.wilson(right[inside])
        return {"value": float(right[inside].mean()), "low": low, "high": high}

    return Scores("accuracy", test.rows, right.astype(float), np.ones(len(right)), False, interval)


def sized(n: int) -> str:
    return count("{n} example", "{n} examples", n)


def only(viewed: Viewed, examples: np.ndarray) -> Viewed:
    """Of every part."""
    fold = viewed.outcome.out_of_fold
    inside = replace(_inside(viewed.outcome, examples), out_of_fold=_inside(fold, examples) if fold else None)
    return replace(viewed, outcome=inside)


def _inside(outcome: Predictions, examples: np.ndarray) -> Predictions:
    return outcome.at(np.flatnonzero(np.isin(outcome.rows, examples)))


def items(viewed: Viewed) -> None:
    """Mistakes first, the surest of each kind before the others."""
    test = viewed.outcome.of("test")
    order = np.lexsort((-test.confidence, test.right))
    item_browser.gallery(replace(viewed, outcome=test), order, name="slice")
