"""The model of a static demo: how its weights can be stored, what each way costs, and its files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from importlib.util import find_spec
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


def offered(run: Run) -> bool:
    """Whether its task has models that need no Python; nothing that writes them is imported."""
    return bundle(run).is_dir() and find_spec(f"{_task(run).package}.standalone") is not None


def measure(run: Run, place: Path, report: ProgressReporter) -> dict[str, dict[str, Any]]:
    """How weights can be stored, the usual way first → `size` in bytes, and `agreement` with the bundle's model on the
    test items."""
    choices, found = _task(run).standalone_choices(bundle(run)), {}
    dataset, rows = _tested(run)
    for done, choice in enumerate(choices):
        report.check()
        report.progress("measured", done, len(choices))
        folder = place / choice
        _empty(folder)
        try:
            told = _task(run).standalone(bundle(run), folder, choice, dataset, rows, Checking(report))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        found[choice] = {name: told[name] for name in ("size", "agreement")}
    report.progress("measured", len(choices), len(choices))
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
    edits = {int(row): label for row, label in run.edits.items()}
    opened = Dataset.open(paths.datasets() / str(run.dataset), edits)
    there = datasets.is_there(str(run.dataset), run.owner)
    return opened, test_examples.tested(run) if there else NOBODY


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
