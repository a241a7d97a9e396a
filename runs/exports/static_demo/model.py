"""The model of a static demo: how its weights can be stored, what each way costs, its files, and their proof."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cases
from cases import tasks
from cases.base import Evaluation, Task
from models.errors import InputError
from models.progress import Checking, ProgressReporter
from models.storage import checksums
from runs import paths
from runs.results import paired_runs, predictions
from runs.store import datasets
from runs.store.records import Run

VERSION = 2  # of what is measured; what an earlier one measured lacks something
FILE, SCRIPT = "model.json", "predict.py"  # the others are what a page loads


def bundle(run: Run) -> Path:
    return paths.run(run.id) / "bundle"


def offered(run: Run) -> bool:
    """Whether its task has models that need no Python; nothing that writes them is imported."""
    return bundle(run).is_dir() and find_spec(f"{_task(run).package}.standalone") is not None


def measure(run: Run, place: Path, report: ProgressReporter) -> dict[str, dict[str, Any]]:
    """How weights can be stored, the usual way first → `size` in bytes, `agreement` of the folder with what was
    evaluated, as a new process found it on the test items, and `sha256`, file → checksum, by which it is known again.

    A way that cannot be written, or gives no answers there, has `problem` in their place, an `InputError` as JSON.

    Raises:
        InputError: that is so of all ways.
    """
    choices, found = _task(run).standalone_choices(bundle(run)), {}
    for done, choice in enumerate(choices):
        report.check()
        report.progress("measured", done, len(choices))
        folder = place / choice
        try:
            found[choice] = _measured(run, folder, choice, _OfSeveral(report, done, len(choices)))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    report.progress("measured", len(choices), len(choices))
    problems = [one["problem"] for one in found.values() if "problem" in one]
    if found and len(problems) == len(found):
        raise InputError.from_json(problems[0])
    return found


class _OfSeveral(Checking):
    """Of the ways to store weights one after the other: the answers to test items so far, of all that are to come."""

    def __init__(self, beside: ProgressReporter, place: int, count: int) -> None:
        super().__init__(beside)
        self.place, self.count = place, count

    def progress(self, what: str, done: int, total: int, **more: Any) -> None:
        if what == "proof":
            self.beside.progress("measured", self.place * total + done, self.count * total)


def _measured(run: Run, folder: Path, choice: str, report: ProgressReporter) -> dict[str, Any]:
    try:
        told = _written(run, folder, choice, report)
        agreement = prove(run, folder, report)
    except InputError as error:
        return {"problem": error.as_json()}
    return {"size": told["size"], "agreement": agreement, "sha256": _digests(folder), "version": VERSION}


def write(run: Run, folder: Path, choice: str, measured: Mapping[str, Any], report: ProgressReporter) -> dict[str, Any]:
    """Write the files of the model into `folder`; what model.json says.

    Its agreement is the one that was `measured` where these are the same files, bit for bit; else they are proven now.

    Raises:
        InputError: the model cannot be written so, or gives no answers.
    """
    told = _written(run, folder, choice, report)
    same = measured.get("version") == VERSION and measured.get("sha256") == _digests(folder)
    told = {**told, "agreement": measured["agreement"] if same else prove(run, folder, report)}
    (folder / FILE).write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
    return told


def prove(run: Run, folder: Path, report: ProgressReporter) -> dict[str, Any] | None:
    """How the answers of a written folder agree with what was evaluated of the run, see `Task.prove_standalone`; None
    where its test items, or what was said of them, are gone.

    Raises:
        InputError: the folder gives no answers.
    """
    dataset, table = datasets.of_run(run), paired_runs.tested(run)
    if dataset is None or table is None:
        return None
    evaluation = Evaluation({}, table.reset_index(), predictions.of(run))
    return _task(run).prove_standalone(bundle(run), folder, dataset, evaluation, report)


def _written(run: Run, folder: Path, choice: str, report: ProgressReporter) -> dict[str, Any]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return _task(run).standalone(bundle(run), folder, choice, datasets.of_run(run), Checking(report))


def _digests(folder: Path) -> dict[str, str]:
    """Of all files but model.json, which says what was found out of the others."""
    return {file.name: checksums.digest(file) for file in sorted(folder.iterdir()) if file.name != FILE}


def _task(run: Run) -> Task:
    return tasks.of_bundle(cases.get(run.case), bundle(run))
