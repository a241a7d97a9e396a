"""The model of a static demo: how its weights can be stored, what each way costs, and its files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import cases
from cases import tasks
from cases.base import Task
from cases.dataset import Dataset
from models.progress import Checking, ProgressReporter
from runs import paths
from runs.results import test_examples
from runs.store import datasets
from runs.store.records import Run

FILE = "model.json"
NOBODY = np.zeros(0, int)  # rows on which nothing is compared


def bundle(run: Run) -> Path:
    return paths.run(run.id) / "bundle"


def choices(run: Run) -> tuple[str, ...]:
    """How the weights can be stored, the usual way first; empty where the task offers no such model."""
    return _task(run).standalone_choices(bundle(run)) if bundle(run).is_dir() else ()


def measure(run: Run, place: Path, report: ProgressReporter) -> dict[str, dict[str, Any]]:
    """Choice → `size` of the model in bytes, and `agreement` with that of the bundle on the test items."""
    offered, found = choices(run), {}
    dataset, rows = _tested(run)
    for done, choice in enumerate(offered):
        report.check()
        report.progress("measured", done, len(offered))
        folder = place / choice
        _empty(folder)
        try:
            told = _task(run).standalone(bundle(run), folder, choice, dataset, rows, Checking(report))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        found[choice] = {name: told[name] for name in ("size", "agreement")}
    report.progress("measured", len(offered), len(offered))
    return found


def write(run: Run, folder: Path, choice: str, measured: Mapping[str, Any], report: ProgressReporter) -> dict[str, Any]:
    """Write the files of the model into `folder`; what model.json says, with the agreement that was `measured`."""
    _empty(folder)
    dataset, _rows = _tested(run)
    told = _task(run).standalone(bundle(run), folder, choice, dataset, NOBODY, Checking(report))
    told = {**told, "agreement": measured.get("agreement")}
    (folder / FILE).write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
    return told


def _task(run: Run) -> Task:
    return tasks.of_bundle(cases.get(run.case), bundle(run))


def _tested(run: Run) -> tuple[Dataset, np.ndarray]:
    """The data set of a run, and its test items where both are still there."""
    opened = Dataset.open(paths.datasets() / str(run.dataset), run.edits)
    there = datasets.is_there(str(run.dataset), run.owner)
    return opened, test_examples.tested(run) if there else NOBODY


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
