"""Runs to be compared: their curves, and what they said of forty test items."""

from __future__ import annotations

import pandas as pd
from opened_pages import BOTH, RESULT
from sqlalchemy import insert

import cases
from cases.settings import as_json
from models.evaluation import ranking
from runs import paths
from runs.store import dataset_rows, queue, records
from runs.store.database import engine
from runs.store.tables import metrics

RUNS = "casebook_runs"
GOOD, BAD = ["a", "b"] * 20, ["a", "b"] * 10 + ["b", "a"] * 10


def measured(run, rows):
    """Metrics as a run writes them: split, step and values, in this order."""
    with engine().begin() as db:
        db.execute(insert(metrics), [
            dict(run=run, split=split, step=step, written=place, values=values)
            for place, (split, step, values) in enumerate(rows, 1)
        ])  # fmt: skip


def evaluated(predicted, *, first=0, accuracy=0.875, **settings):
    """A finished run and what it said of forty test items."""
    chosen = as_json(cases.get("image_recognition").Settings(**settings))
    run = records.create_run("local", "fine_tune", "image_recognition", "noise", dataset="d1", settings=chosen)
    queue.claim_here(run)
    test = {**BOTH, "accuracy": {**BOTH["accuracy"], "value": accuracy}}
    queue.end(run, "done", result={**RESULT, "test": test})
    table = pd.DataFrame({"id": range(first, first + 40), "label": GOOD, "predicted": predicted})
    table.to_parquet(paths.run(run) / "predictions.parquet")
    return records.run(run, "local")


def rows(value):
    return [
        ("machine", 0, {"cpu": 1.0}),
        ("train", 1, {"epoch": 0.5, "loss": 2.0}),
        ("train", 2, {"epoch": 1.0, "loss": value}),
        ("validation", 2, {"epoch": 1.0, "loss": 1.5, "accuracy": 0.5}),
        ("machine", 8, {"cpu": 1.0}),
    ]


def of_lists(dataset, name, **settings):
    """A finished run that recommends, on a data set called so."""
    chosen = as_json(cases.get("recommendation").Settings(**settings))
    run = records.create_run("local", "fine_tune", "recommendation", name, dataset=dataset, settings=chosen)
    dataset_rows.add("local", dataset, "recommendation", name, sample=False)
    queue.claim_here(run)
    test = {name: {"value": 0.1, "low": 0.05, "high": 0.15} for name in ranking.NAMES}
    queue.end(run, "done", result={**RESULT, "test": test})
    return records.run(run, "local")
