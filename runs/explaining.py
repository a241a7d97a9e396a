"""One item, explained by the model that a run saved."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cases
from cases.base import Item
from models.errors import N_, InputError
from models.report import Report
from runs import explanations, files, queue, reading, store
from runs.store import Run


def explain(run: Run, report: Report) -> None:
    """`settings`: key, and either row of the data set or file below the home."""
    report.phase("preparing")
    bundle = files.run(run.subject) / "bundle"
    if not store.run(run.subject, run.owner) or not bundle.is_dir():
        raise InputError(
            found=N_("The model of this run is no longer there."),
            expected=N_("An explanation needs the model that gave the answer."),
            remedy=N_("Start the training again with the same settings."),
        )
    made = explanations.folder(run.subject, run.settings["key"])
    making = made.with_name(f"{made.name}.{run.id}.partial")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    found = cases.get(run.case).explain(bundle, _item(run), making)
    (making / explanations.FACTS).write_text(json.dumps(found, ensure_ascii=False), "utf-8")
    shutil.rmtree(made, ignore_errors=True)
    making.rename(made)
    queue.end(run.id, "done")


def _item(run: Run) -> Item:
    if "row" not in run.settings:
        return Item(file=_inside(run.settings["file"]))
    dataset, row = reading.dataset_of(run), int(run.settings["row"])
    return Item(dataset, row, truth=str(dataset.samples.at[row, "label"]))


def _inside(name: str) -> Path:
    """A file below the home and nowhere else."""
    path = (files.home() / name).resolve()
    if not path.is_relative_to(files.home().resolve()):
        raise PermissionError(f"{name!r} is not below the home.")
    return path
