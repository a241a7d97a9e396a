"""One trial of a search: a training without the test part, judged on the validation part."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cases.base import Task, Trainer, Validation, WorkDirs
from cases.dataset import Dataset
from cases.splits import again, asked
from models import memory
from models.progress import NullReporter
from models.training import checkpoints
from runs import integrity, paths
from runs.jobs import fine_tune
from runs.search import choice
from runs.search.early_end import EarlyEnd, TrialReporter
from runs.store import datasets, metric_rows, queue
from runs.store.records import Run

FOLDER = "again-{number}"  # below a trial: of a training on parts that were drawn anew
TRAINED_IN = ("prepare", "train")  # the seconds of a run in which its weights come about


@dataclass(frozen=True)
class Scored:
    """`ended`: why a training ended early, a state of `runs.search.journal`; "" where it did not. `validations`: one
    for each time that the parts were drawn; none where nothing was learnt."""

    validations: list[Validation]
    epochs: float
    ended: str = ""


def work(
    child: Run, task: Task, dataset: Dataset, times: int, report: TrialReporter,
    is_worth_more: Callable[[Mapping[int, float], float], bool],
) -> Scored:  # fmt: skip
    """Train and validate, as often as the parts are drawn; what was finished before an interruption is found again.

    Args:
        dataset: sealed.
        times: how often the parts are drawn at most; the first time as the settings say.
        is_worth_more: whether to draw them once more, by what each example scored until then and the seconds that a
            training and its validation took.

    Raises:
        Stopped: a person asked to.
        InputError: these settings cannot be used with the data.
    """
    settings = task.Settings(**child.settings)
    folder, found = paths.run(child.id), list[Validation]()
    began = time.monotonic() - sum((child.seconds or {}).values())  # what was trained before took its time as well
    trainer, ended = _train(child, task, settings, dataset, folder, report)
    if trainer is not None:
        found.append(trainer.validate(report.lasting))
    del trainer
    memory.release()  # many trainings follow one another in one process
    epochs = float(checkpoints.trained(folder).get("epochs", 0.0))
    for number in range(1, times if found and not ended else 1):
        choice.keep(folder, found)
        if not is_worth_more(choice.scores(folder), (time.monotonic() - began) / number):
            break
        try:
            found.append(_again(task, settings, again(dataset, number, **asked(settings)), folder, number, report))
        except EarlyEnd as end:
            ended = end.state
            break
    if found:
        choice.keep(folder, found)
    for number in range(1, times):
        shutil.rmtree(folder / FOLDER.format(number=number), ignore_errors=True)
    return Scored(found, epochs, ended)


def _train(
    child: Run, task: Task, settings: Any, dataset: Dataset, folder: Path, report: TrialReporter
) -> tuple[Trainer | None, str]:
    """The trained network with its best weights, and why it ended early."""
    seconds = dict(child.seconds or {})
    try:
        with fine_tune.phase("preparing", child, seconds, report):
            trainer = task.build(settings, dataset, place_of(child, dataset, folder), report)
            queue.beat(child.id, facts=fine_tune.facts(trainer))
    except EarlyEnd as end:
        return None, end.state
    ended = ""
    try:
        with fine_tune.phase("training", child, seconds, report):
            trainer.fit(report)
    except EarlyEnd as end:
        ended = end.state
        if checkpoints.kept(folder) is None and not checkpoints.weights_are_whole(folder / checkpoints.TRAINED):
            return None, ended
    checkpoints.conclude(folder)
    if ended:  # a trainer that begins anew finds the training over, and takes up its weights
        del trainer
        memory.release()
        trainer = task.build(settings, dataset, place_of(child, dataset, folder), report.lasting)
        trainer.fit(report.lasting)
    return trainer, ended


def _again(task: Task, settings: Any, dataset: Dataset, folder: Path, number: int, report: TrialReporter) -> Validation:
    """The same training on parts that were drawn anew. Nobody follows it: the curves are those of the first."""
    within = folder / FOLDER.format(number=number)
    within.mkdir(parents=True, exist_ok=True)
    quiet = Following(report)
    place = WorkDirs(within, paths.cache(), datasets.cache_of(report.store.run.owner, dataset.digest))
    trainer = task.build(settings, dataset, place, quiet)
    trainer.fit(quiet)
    checkpoints.conclude(within)
    validation = trainer.validate(report.lasting)
    del trainer
    memory.release()
    return validation


class Following(NullReporter):
    """Hears whatever ends a trial, and tells nothing but that the work goes on."""

    def __init__(self, trial: TrialReporter) -> None:
        self.trial = trial

    def progress(self, what: str, done: int, total: int, **more: Any) -> None:
        self.trial.alive()

    def check(self) -> None:
        self.trial.check()


def place_of(run: Run, dataset: Dataset, folder: Path) -> WorkDirs:
    return WorkDirs(folder, paths.cache(), datasets.cache_of(run.owner, dataset.digest))


def adopt(child: str, into: str) -> None:
    """Give the search the training of a trial, in the place of the one that it had: its files lie on the disk once."""
    source, target = paths.run(child), paths.run(into)
    for old in [*target.glob("checkpoint-*"), *target.glob("*.safetensors*"), *target.glob("*.json")]:
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    for path in sorted(source.rglob("*")):
        if path.is_file() and not path.name.endswith(".partial"):
            under = target / path.relative_to(source)
            under.parent.mkdir(parents=True, exist_ok=True)
            under.unlink(missing_ok=True)
            checkpoints.share(path, under)


def take_over(source: Run, child: str) -> bool:
    """Give a trial what an equal training came to, and its scores where it was a trial itself; False where its weights
    are gone. Its files lie on the disk once, but for small ones that may be written again."""
    folder, target = paths.run(source.id), paths.run(child)
    if not checkpoints.weights_are_whole(folder / checkpoints.TRAINED):
        return False
    for pattern in (f"{checkpoints.TRAINED}*", f"{checkpoints.LAST}*", "checkpoint-*/*", choice.FILE):
        for path in sorted(folder.glob(pattern)):
            (target / path.relative_to(folder)).parent.mkdir(parents=True, exist_ok=True)
            checkpoints.share(path, target / path.relative_to(folder))
    for path in sorted(folder.glob("*.json")):
        if path.name != integrity.FILE:
            shutil.copyfile(path, target / path.name)
    if not source.parent:
        checkpoints.note_trained(target, (source.result or {}).get("trained") or {})
    metric_rows.copy_curves(source.id, child)
    queue.beat(child, facts=source.facts, seconds={name: (source.seconds or {}).get(name, 0.0) for name in TRAINED_IN})
    return True


def seconds(source: Run) -> float:
    """What an earlier training took up to its weights."""
    return sum((source.seconds or {}).get(name, 0.0) for name in TRAINED_IN)


def drop_beyond(trials: Sequence[str], room: int) -> None:
    """Drop the weights of those, the best of which come first, that together take more than so many bytes."""
    for one in trials:
        room -= sum(path.stat().st_size for path in paths.run(one).rglob("*") if path.is_file())
        if room < 0:
            drop_weights(one)


def drop_weights(child: str) -> None:
    """What it scored stays."""
    folder = paths.run(child)
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != choice.FILE:
            path.unlink(missing_ok=True)
