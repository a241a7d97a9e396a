"""What a run would take on this machine, measured before it starts and kept for the next time it is asked."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Mapping
from typing import Any

import cases
from cases.base import Case, Place
from cases.dataset import Dataset
from models.report import Report
from runs import files, queue, reading, store
from runs.store import Run

WITHOUT_EFFECT = (  # on what a step, an item or an epoch takes
    "epochs", "learning_rate", "schedule", "weight_decay", "patience", "label_smoothing", "seed", "validation", "test",
    "probes", "dropout", "alpha", "focus", "activation", "language",
)  # fmt: skip


MEASURED = 2  # goes up when a rehearsal measures something else, so that nothing older is read


def rehearse(run: Run, report: Report) -> None:
    report.phase("preparing")
    case = cases.get(run.case)
    place = Place(files.run(run.id), files.cache())
    measured = case.rehearse(case.Settings(**run.settings), reading.dataset_of(run), place, report)
    busy = any(other.kind == "fine_tune" for other in queue.running(socket.gethostname()))
    queue.end(run.id, "done", result={**measured, "busy": busy, "host": socket.gethostname()})


def subject(case: Case, dataset: Dataset, settings: Mapping[str, Any], *, prepared: bool) -> str:
    """What a rehearsal is kept under: data, model and the settings that matter; `prepared`: an earlier run has left
    what comes before training."""
    asked = {name: value for name, value in settings.items() if name not in WITHOUT_EFFECT}
    content = json.dumps([MEASURED, case.name, dataset.digest, asked, prepared, socket.gethostname()], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def ask(owner: str, case: Case, dataset: Dataset, settings: Mapping[str, Any], subject: str) -> str:
    """Queue a rehearsal; returns its id."""
    return store.create_run(
        owner, "rehearse", case.name, dataset.name, dataset=dataset.digest, settings=dict(settings), subject=subject,
        edits={str(row): label for row, label in dataset.edits.items()},
    )  # fmt: skip


def speeds(owner: str, case: Case) -> dict[str, float]:
    """Model → items that its frozen body saw in a second on this machine, where that was measured undisturbed."""
    done = [run for run in store.run_list(owner, kind="rehearse", case=case.name, most=200) if run.result]
    here = [run for run in done if run.result["host"] == socket.gethostname() and not run.result["busy"]]
    return {run.settings["model"]: run.result["per_second"] for run in here if run.result["per_second"]}
