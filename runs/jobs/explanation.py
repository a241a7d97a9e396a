"""One item, explained or looked into by the model that a run saved."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cases
from cases import tasks
from cases.base import Item, Task
from models.errors import N_, InputError
from models.pretrained import catalog
from models.progress import ProgressReporter
from models.storage import checksums
from runs import integrity, paths
from runs.jobs import data_import
from runs.kinds import JobResult
from runs.results import explanations, inspections
from runs.results.item_work import FACTS, NOTED, ItemWork
from runs.store import records
from runs.store.records import Run


def explain(run: Run, report: ProgressReporter) -> JobResult:
    """Keep what the subject of `run` looked at; `settings`: key, and either row of the data set or file, as
    `inputs.named` calls what its owner gave."""
    return _work_out(run, report, explanations.WORK, Task.explain)


def inspect(run: Run, report: ProgressReporter) -> JobResult:
    """Keep what the layers of its network make of an item; `settings` as those of `explain`. Without a subject: how a
    row of the data set enters the pretrained `model` of the settings, kept with `run` itself."""
    if run.subject:
        return _work_out(run, report, inspections.WORK, Task.inspect)
    case = cases.get(run.case)
    weights = catalog.folder(run.settings["model"], paths.cache() / "models", case.modality)
    made = inspections.WORK.folder(run.id, run.settings["key"])
    _keep(made, run, lambda making: case.tasks[0].enter(weights, _item(run), making))
    return JobResult()


def _work_out(
    run: Run, report: ProgressReporter, kept: ItemWork, ask: Callable[[Task, Path, Item, Path], dict[str, Any]]
) -> JobResult:
    report.phase("preparing")
    subject = records.subject(run)
    bundle = paths.run(subject.id) / "bundle" if subject else None
    if subject is None or bundle is None or not bundle.is_dir():
        raise InputError(
            found=N_("The model of this run no longer exists."),
            expected=N_("An explanation needs the model that made the prediction."),
            remedy=N_("Start the training again with the same settings."),
        )
    integrity.require_model(subject.id)
    made = kept.folder(subject.id, run.settings["key"])
    task = tasks.of_bundle(cases.get(run.case), bundle)
    _keep(made, run, lambda making: ask(task, bundle, _item(run), making))
    return JobResult()


def _keep(made: Path, run: Run, write: Callable[[Path], dict[str, Any]]) -> None:
    """Have it written, all of it or nothing."""
    making = made.with_name(f"{made.name}.{run.id}.partial")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    found = write(making)
    (making / FACTS).write_text(json.dumps(found, ensure_ascii=False), "utf-8")
    checksums.note(making / NOTED, making, list(making.iterdir()))
    shutil.rmtree(made, ignore_errors=True)
    making.rename(made)


def _item(run: Run) -> Item:
    if "row" not in run.settings:
        return Item(file=_given(run.owner, run.settings["file"]))
    dataset, row = data_import.dataset_of(run), int(run.settings["row"])
    return Item(dataset, row, truth=str(dataset.samples.at[row, "label"]))


def _given(owner: str, name: str) -> Path:
    """A file that the owner gave, and no other below the home or elsewhere."""
    path = (paths.home() / name).resolve()
    if not path.is_relative_to(paths.tries(owner).resolve()):
        raise PermissionError(f"{name!r} is nothing that was given to be tried.")
    return path
