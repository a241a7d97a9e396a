"""The work of a lesson: what its arms learn from once, then their trainings, each followed while it goes on."""

from __future__ import annotations

from typing import Any

import cases
from cases import stored_settings, tasks
from cases.base import LessonArms, LessonTrainer, WorkDirs
from cases.settings import as_json
from models import memory
from models.errors import N_, InputError
from models.lessons.epoch import Traced
from models.progress import ProgressReporter
from runs import paths
from runs.jobs import data_import
from runs.kinds import JobResult
from runs.lessons import experiment, files
from runs.lessons.curves import split
from runs.lessons.files import Lesson
from runs.store import datasets, lesson_answers
from runs.store.records import Run

DRAWN = 40  # epochs of a training that reach the figure at least; of more every second, third …


def teach(run: Run, report: ProgressReporter) -> JobResult:
    """Train the arms of the lesson that the settings of `run` name, on its data set.

    Raises:
        InputError: the lesson is gone, or its data are not of its kind, or too few.
    """
    lesson = files.lessons().get(run.settings["lesson"])
    if lesson is None:
        raise _gone()
    report.phase("preparing")
    arms = _arms(run, lesson, report)
    report.phase("training")
    lengths = [max(1, arm.model.epochs(arm.settings)) for arm in lesson.arms]
    steps = [1] * len(lengths) if lesson.along else lengths  # epochs that differ a hundredfold would foretell no end
    total, done = lesson.repetitions * sum(steps), 0

    def told(arm: int, repetition: int, epoch: Traced) -> None:
        nonlocal done
        report.check()
        every = max(1, lengths[arm] // DRAWN)
        shown = _shown(epoch, lesson.curve)
        judged = lesson.curve in shown or not lesson.curve  # a whole network is not judged after every epoch
        if judged and (epoch.epoch % every == 0 or epoch.epoch == lengths[arm] or lesson.along):
            report.metrics(split(arm, repetition), epoch.step, shown)
        done += epoch.epoch == lengths[arm] if lesson.along else epoch.epoch > 0
        report.progress("lesson", done, total)

    found = experiment.perform(lesson, cases.get(run.case).Settings, arms, told)
    report.flush()
    lesson_answers.note(run.owner, run.id, came=found["came"])
    return JobResult({"result": {"lesson": lesson.id, **found}})


def _shown(epoch: Traced, curve: str) -> dict[str, Any]:
    """What the figure needs; the losses of all batches only where it draws them."""
    values = epoch.as_json()
    return values if curve == "batches" else {name: value for name, value in values.items() if name != "batches"}


def _arms(run: Run, lesson: Lesson, report: ProgressReporter) -> LessonArms:
    """On the data of the run; features of a frozen network are computed now where no run did before."""
    case, dataset = cases.get(run.case), data_import.dataset_of(run)
    base = stored_settings.usable(case.Settings, run.settings.get("base", {}))
    settings = tasks.decided(case, dataset, as_json(case.Settings()) | base | dict(lesson.kind.base))
    task = tasks.of(case, settings)
    if not lesson.suits(case.name, task.task_type.name):
        raise _unfit()
    place = WorkDirs(paths.run(run.id), paths.cache(), datasets.cache_of(run.owner, dataset.digest))
    trainer = task.build(task.Settings(**settings), dataset.meant_as(task.task_type).without_test(), place, report)
    if not isinstance(trainer, LessonTrainer):
        raise _unfit()
    found = trainer.lesson_arms()
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
        found=N_("These data do not suit this lesson."),
        expected=N_("Each lesson needs data of its task, such as items with classes or interactions of users."),
        remedy=N_("Choose other data, or the sample."),
    )
