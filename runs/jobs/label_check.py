"""Labels judged by networks: several are trained, each without a part of the examples, and asked about that part."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

import cases
from cases import search_space, splits, stored_settings, tasks
from cases.base import Case, LabelCheckTrainer, Task, WorkDirs
from cases.dataset import Dataset
from cases.hyperparameters import training_length
from cases.settings import LEARNING, named
from models import memory
from models.evaluation.predictions import Predictions
from models.heads import linear_probe
from models.progress import Checking, ProgressReporter
from models.training import checkpoints
from runs import paths
from runs.inference.errors import gone
from runs.jobs import data_import
from runs.kinds import JobResult
from runs.results import label_check, predictions
from runs.store import datasets, records
from runs.store.records import Run

FOLDS = 3  # trainings, each on two thirds of the examples
FOLDER, TOLD = "fold-{number}", "told.npz"


class FoldReporter(Checking):
    """Tells how far one of the trainings is, as a part of all."""

    def __init__(self, beside: ProgressReporter, number: int) -> None:
        super().__init__(beside)
        self.number = number

    def progress(self, what: str, done: int, total: int, **more: Any) -> None:
        if what == "training":
            self.beside.progress("labels", self.number * total + done, FOLDS * total)


def check(run: Run, report: ProgressReporter) -> JobResult:
    """Keep how networks judge the labels of the subject of `run`, together with the heads that judged them before.
    Trainings that were finished before an interruption are not repeated.

    Raises:
        InputError: the subject is gone, or its answers are.
    """
    report.phase("preparing")
    subject = records.subject(run)
    outcome = predictions.untempered(subject) if subject else None
    if subject is None or outcome is None or outcome.out_of_fold is None:
        raise gone()
    case, dataset, folder = cases.get(subject.case), data_import.dataset_of(subject), paths.run(run.id)
    settings = tasks.decided(case, dataset, stored_settings.as_of_then(case.Settings, subject.settings))
    judged = outcome.out_of_fold
    try:
        rows, told = judge(case, dataset, settings, folder, datasets.cache_of(subject.owner, dataset.digest), report)
        label_check.keep(subject.id, judged.rows, joined(judged, rows, told))
    finally:  # of a process that is killed they stay for the next one
        for number in range(FOLDS):
            shutil.rmtree(folder / FOLDER.format(number=number), ignore_errors=True)
    return JobResult()


def judge(
    case: Case, dataset: Dataset, settings: Mapping[str, Any], folder: Path, cache: Path, report: ProgressReporter
) -> tuple[np.ndarray, np.ndarray]:
    """(items,) rows of all that is learnt from and validated on, and (items, classes) what networks say that were
    trained without them; `settings`: those of the run, decided; `cache`: of the data set."""
    task = tasks.of(case, settings)
    dataset = dataset.meant_as(task.task_type)
    chosen = task.Settings(**networks(case, task, dataset, settings))
    told = []
    for number in range(FOLDS):
        place = WorkDirs(folder / FOLDER.format(number=number), paths.cache(), cache)
        told.append(_fold(task, dataset, chosen, number, place, report))
    rows, probabilities = zip(*told, strict=True)
    return np.concatenate(rows), np.concatenate(probabilities)


def networks(case: Case, task: Task, dataset: Dataset, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings of the networks that judge: as much of the run's learns as can, for half as many epochs, since what
    contradicts the other examples is learnt last (Arpit et al., "A Closer Look at Memorization in Deep Networks", ICML
    2017)."""
    space = search_space.of(case, task, dataset, settings, paths.cache() / "models")
    learning = named(task.Settings, LEARNING)
    chosen = next(one for one in space.starts if one[learning] == space.starts[-1][learning])
    learnt = len(splits.divide(dataset, **splits.asked(task.Settings(**chosen)))["train"])
    return {**chosen, "epochs": max(1, training_length(task.Settings, chosen, learnt).epochs // 2)}


def _fold(
    task: Task, dataset: Dataset, settings: Any, number: int, place: WorkDirs, report: ProgressReporter
) -> tuple[np.ndarray, np.ndarray]:
    """As `judge`, of one fold by a network that was trained on the others."""
    known = place.folder / TOLD
    if known.exists():
        with np.load(known, allow_pickle=False) as told:
            return told["rows"], told["probabilities"]
    place.folder.mkdir(parents=True, exist_ok=True)
    following = FoldReporter(report, number)
    apart = splits.held_out(dataset, number, FOLDS, **splits.asked(settings))
    trainer = task.build(settings, apart, place, following)
    if not isinstance(trainer, LabelCheckTrainer):
        raise TypeError(f"The trainer of {task.name} judges no labels.")
    trainer.fit(following)
    rows, probabilities = trainer.test_probabilities(Checking(report))
    partial = known.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(file, rows=rows, probabilities=probabilities)
    partial.replace(known)
    checkpoints.conclude(place.folder)
    del trainer
    memory.release()
    return rows, probabilities


def joined(judged: Predictions, rows: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """(items, classes) in the order of `judged`: what heads and networks say counts the same."""
    order = {row: place for place, row in enumerate(rows.tolist())}
    networks = probabilities[[order[row] for row in judged.rows.tolist()]]
    heads = np.log(np.maximum(judged.probabilities, linear_probe.LEAST))
    return linear_probe.joined(heads.astype(np.float32), [networks], torch.tensor(judged.labels))
