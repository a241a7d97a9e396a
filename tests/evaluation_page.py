"""A run with these answers, and the page that shows what came of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

import cases
from cases.settings import as_json
from models.evaluation.predictions import Predictions
from runs import paths
from runs.results import predictions
from runs.store import queue, records

FIGURE = {"value": 0.75, "low": 0.6, "high": 0.9}
BOTH = {"accuracy": FIGURE, "macro_f1": FIGURE}
VIEWS = ("overview", "classes", "mistakes", "labels", "certainty")


def answered(classes, labels, said, sure, parts="test"):
    """An outcome in which the model called each item `said`, `sure` of it."""
    shares = np.full((len(labels), len(classes)), (1 - sure) / (len(classes) - 1))
    shares[np.arange(len(labels)), said] = sure
    items = pd.DataFrame({"id": np.arange(len(labels)), "part": parts, "label": labels})
    return Predictions(tuple(classes), items, shares, np.eye(len(classes), 12)[labels] + np.arange(12) / 100)


def evaluated(outcome, changed=None, counted=None, **settings):
    """The id of a run that is done, with these answers; `counted`: what its result says besides."""
    chosen = as_json(cases.get("image_recognition").Settings(**settings))
    run = records.create_run(
        "local", "fine_tune", "image_recognition", "noise", dataset="d1", settings=chosen, edits=changed or {}
    )
    outcome.save(paths.run(run) / predictions.FOLDER)
    queue.claim_here(run)
    queue.end(run, "done", result={
        "test": BOTH, "references": {"majority": BOTH, "frozen_features": BOTH}, "peak_memory_mb": 512.0,
        "data": {"train": 1, "validation": 1, "test": 30, "set_aside": 0}, "seconds": {"train": 1.0},
        "model": chosen["model"], "settings": chosen, "bundle": "bundle.zip", **(counted or {}),
    })  # fmt: skip
    return run


def said(app):
    return [element.value for kind in ("markdown", "caption") for element in app.get(kind)]


def starting(app, *beginnings):
    return [text for text in said(app) if text.startswith(beginnings)]
