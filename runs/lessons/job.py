"""The work of a lesson: features once, then its trainings, each followed while it goes on."""

from __future__ import annotations

from typing import Any

import cases
from cases import stored_settings, tasks
from cases.base import LessonTrainer, WorkDirs
from cases.settings import LEARNING, as_json, named
from models import memory
from models.errors import N_, InputError
from models.lessons.data import FeatureData
from models.lessons.epoch import Epoch
from models.progress import ProgressReporter
from runs import paths
from runs.jobs import data_import
from runs.kinds import JobResult
from runs.lessons import experiment, files
from runs.lessons.curves import split
from runs.store import datasets, lesson_answers
from runs.store.records import Run

DRAWN = 40  # epochs of a training that reach the figure at least; of more every second, third …


def teach(run: Run, report: ProgressReporter) -> JobResult:
    """Train the arms of the lesson that the settings of `run` name, on the features of its data set.

    Raises:
        InputError: the lesson is gone, or its data are not of its kind, or too few.
    """
    lesson = files.lessons().get(run.settings["lesson"])
    if lesson is None:
        raise _gone()
    report.phase("preparing")
    data = _features(run, report)
    report.phase("training")
    lengths = [int(arm.settings["epochs"]) for arm in lesson.arms]
    total, done = lesson.repetitions * sum(lengths), 0

    def told(arm: int, repetition: int, epoch: Epoch) -> None:
        nonlocal done
        report.check()
        every = max(1, lengths[arm] // DRAWN)
        if epoch.epoch % every == 0 or epoch.epoch == lengths[arm]:
            report.metrics(split(arm, repetition), epoch.step, _shown(epoch, lesson.curve))
        done += epoch.epoch > 0
        report.progress("lesson", done, total)

    found = experiment.perform(lesson, cases.get(run.case).Settings, data, told)
    report.flush()
    lesson_answers.note(run.owner, run.id, came=found["came"])
    return JobResult({"result": {"lesson": lesson.id, **found}})


def _shown(epoch: Epoch, curve: str) -> dict[str, Any]:
    """What the figure needs; the losses of all batches only where it draws them."""
    values = epoch.as_json()
    return values if curve == "batches" else {name: value for name, value in values.items() if name != "batches"}


def _features(run: Run, report: ProgressReporter) -> FeatureData:
    """What the frozen network made of the data; computed now where no run did before."""
    case, dataset = cases.get(run.case), data_import.dataset_of(run)
    base = stored_settings.usable(case.Settings, run.settings.get("base", {}))
    plain = {"hidden": 0, named(case.Settings, LEARNING): "head"}  # the features are those of the frozen network
    settings = tasks.decided(case, dataset, as_json(case.Settings()) | base | plain)
    task = tasks.of(case, settings)
    place = WorkDirs(paths.run(run.id), paths.cache(), datasets.cache_of(run.owner, dataset.digest))
    trainer = task.build(task.Settings(**settings), dataset.meant_as(task.task_type).without_test(), place, report)
    if not isinstance(trainer, LessonTrainer):
        raise _unfit()
    found = trainer.lesson_data()
    del trainer
    memory.release()
    return found


def _gone() -> InputError:
    return InputError(
        found=N_("This lesson is no longer there."),
        expected=N_("A run of a lesson needs its file."),
        remedy=N_("Choose another lesson."),
    )


def _unfit() -> InputError:
    return InputError(
        found=N_("These data are not labelled by classes."),
        expected=N_("This lesson trains classifiers."),
        remedy=N_("Choose other data, or the sample."),
    )
