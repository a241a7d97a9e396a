"""The best epoch so far of a training that goes on, as a model that answers: nothing is evaluated, nothing packed."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import cases
from cases.base import SnapshotTrainer
from models.errors import N_, InputError
from models.progress import ProgressReporter
from models.training import checkpoints
from runs import integrity, paths
from runs.inference.errors import gone
from runs.jobs import fine_tune
from runs.kinds import JobResult
from runs.store import records
from runs.store.records import Run

TIMES = 5  # that checkpoints are copied anew, for the training writes others meanwhile


def make(run: Run, report: ProgressReporter) -> JobResult:
    """Write a bundle into the folder of this work, from checkpoints of its subject, which trains on.

    Raises:
        InputError: no epoch is done yet, or the training is gone.
    """
    subject = records.subject(run)
    if subject is None:
        raise gone()
    folder = paths.run(run.id)
    making, made = folder / "bundle.partial", folder / "bundle"
    for old in (making, made):
        shutil.rmtree(old, ignore_errors=True)
    report.phase("preparing")
    _take_checkpoints(paths.run(subject.id), folder)
    trainer = fine_tune.build(cases.get(run.case), subject, folder, report)
    kept = trainer.load_best()
    if not isinstance(trainer, SnapshotTrainer):
        raise TypeError(f"Models of the case {run.case} are not tried while they learn.")
    report.phase("exporting")
    trainer.snapshot(making, report)
    making.rename(made)
    integrity.note(folder)
    for checkpoint in folder.glob("checkpoint-*"):
        shutil.rmtree(checkpoint)
    return JobResult({"result": kept.as_json()})


def _take_checkpoints(source: Path, folder: Path) -> None:
    """Copy those that are complete.

    Raises:
        InputError: there are none.
    """
    for _time in range(TIMES):
        for old in folder.glob("checkpoint-*"):
            shutil.rmtree(old)
        with suppress(OSError, shutil.Error):  # the training has just removed one
            for checkpoint in source.glob("checkpoint-*"):
                if (checkpoint / checkpoints.MARK).exists():
                    shutil.copytree(checkpoint, folder / checkpoint.name)
            if checkpoints.kept(folder) is not None:
                return
    raise InputError(
        found=N_("The training has no finished epoch yet."),
        expected=N_("At least one epoch must be validated."),
        remedy=N_("Try again after the first epoch."),
    )
