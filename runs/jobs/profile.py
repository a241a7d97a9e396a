"""What a run would take on this machine, measured before it starts and kept for the next time it is asked."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Mapping
from typing import Any

import cases
from cases import tasks
from cases.base import Case, WorkDirs
from cases.dataset import Dataset
from cases.settings import costing
from models.progress import ProgressReporter
from runs import machine, paths
from runs.jobs import data_import
from runs.kinds import KINDS, JobResult
from runs.store import datasets, queue, records
from runs.store.records import Run

MEASURED = 2  # goes up when a profile measures something else, so that nothing older is read


def measure(run: Run, report: ProgressReporter) -> JobResult:
    """Measure what a training with these settings would cost on this machine, and keep it as the run's result."""
    report.phase("preparing")
    case, dataset = cases.get(run.case), data_import.dataset_of(run)
    settings = tasks.decided(case, dataset, run.settings)
    task, place = (
        tasks.of(case, settings),
        WorkDirs(paths.run(run.id), paths.cache(), datasets.cache_of(run.owner, dataset.digest)),
    )
    measured = task.profile(task.Settings(**settings), dataset, place, report)
    busy = any(KINDS[other.kind].trains for other in queue.running(socket.gethostname()))
    on_card = measured["device"] in [name for name, _memory in machine.gpus()]
    return JobResult({"result": {**measured, "busy": busy, "host": socket.gethostname(), "on_card": on_card}})


def subject(case: Case, dataset: Dataset, settings: Mapping[str, Any], *, prepared: bool) -> str:
    """What a profile is kept under: data, model and the settings that matter; `prepared`: an earlier run has left
    what comes before training."""
    acting = costing(case.Settings, settings)
    content = json.dumps([MEASURED, case.name, dataset.digest, acting, prepared, socket.gethostname()], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def ask(owner: str, case: Case, dataset: Dataset, settings: Mapping[str, Any], subject: str) -> str:
    """Queue a profile; returns its id."""
    return records.create_run(
        owner, "profile", case.name, dataset.name, dataset=dataset.digest, settings=dict(settings), subject=subject,
        edits={str(row): label for row, label in dataset.edits.items()},
    )  # fmt: skip


def speeds(owner: str, case: Case) -> dict[str, float]:
    """Model → items that its frozen body saw in a second on this machine, where that was measured undisturbed."""
    measured = records.run_list(owner, kind="profile", case=case.name, most=200)
    told = [(run.settings.get("model"), run.result) for run in measured if run.result]
    here = [(model, told) for model, told in told if told["host"] == socket.gethostname() and not told["busy"]]
    return {model: told["per_second"] for model, told in here if told["per_second"] and model}
