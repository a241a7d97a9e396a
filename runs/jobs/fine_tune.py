"""One fine-tuning, from its data set to its bundle."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

import cases
from cases import language_fit, stored_settings, tasks
from cases.base import Case, Task, Trainer, WorkDirs
from cases.dataset import Dataset
from models.progress import ProgressReporter, Stopped
from models.storage import checksums
from models.training.checkpoints import LAST, SETTLED
from runs import integrity, paths
from runs.inference.errors import gone
from runs.jobs import bundle_writer, data_import
from runs.kinds import JobResult
from runs.results import decisions, evaluation_parts, relabeled
from runs.results.evaluation_parts import FAILED
from runs.search import choice, journal
from runs.store import datasets, lifecycle, metric_rows, queue, records
from runs.store.records import TO_PACK, Run

SECONDS = {"preparing": "prepare", "training": "train", "evaluating": "evaluate", "exporting": "export"}


def fine_tune(run: Run, report: ProgressReporter) -> JobResult:
    """Prepare, train, evaluate, export. Each phase finds what an earlier attempt had finished. The run has its result
    as soon as it is evaluated."""
    case, seconds = cases.get(run.case), dict(run.seconds or {})
    with phase("preparing", run, seconds, report):
        trainer = build(case, run, paths.run(run.id), report)
        queue.beat(run.id, facts=facts(trainer))
    with phase("training", run, seconds, report):
        trainer.fit(report)
    evaluated = evaluate(case, run, run, trainer, seconds, report)
    queue.beat(run.id, result=evaluated | cost(run, seconds) | {TO_PACK: True})
    result = pack(run, run, trainer, evaluated, seconds, report)
    return JobResult({"result": result}, then=lambda: drop_what_training_needed(run, result))


def keep(run: Run, report: ProgressReporter) -> JobResult:
    """Evaluate and export what a stopped run had learnt: its best epoch, or in its first epoch its last step. Its
    checkpoints stay, so it can go on later."""
    subject = records.subject(run)
    if subject is None:
        raise gone()
    case, seconds = cases.get(run.case), dict(subject.seconds or {})
    report.phase("preparing")
    trainer = build(case, subject, paths.run(subject.id), report)
    told = take_up(trainer, subject, report)
    evaluated = evaluate(case, run, subject, trainer, seconds, report) | told
    so_far = evaluated | cost(subject, seconds) | {TO_PACK: True}
    queue.keep_result(subject.id, "stopped", result=so_far, facts={**(subject.facts or {}), **facts(trainer)})
    result = pack(run, subject, trainer, evaluated, seconds, report)
    queue.keep_result(subject.id, "stopped", result=result)
    return JobResult()


def take_up(trainer: Trainer, subject: Run, report: ProgressReporter) -> dict[str, Any]:
    """Give a trainer what a training came to that is over or was stopped; returns what the result tells of that."""
    searched = subject.parent or journal.of(subject)
    if searched or subject.status == "done":  # over: a trial too, and what a search has found
        trainer.fit(report)
        return choice.told(subject) if searched else {}
    return {"stopped": trainer.load_best().as_json()}


def build(case: Case, run: Run, folder: Path, report: ProgressReporter) -> Trainer:
    """The training of a run as it begins, with its checkpoints in `folder`."""
    dataset = data_import.dataset_of(run)
    known = stored_settings.as_of_then(case.Settings, run.settings)
    settings = tasks.decided(case, dataset, known)  # whoever started it may have left that to the data
    task = tasks.of(case, settings)
    _require_language(case, task, dataset, settings, report)
    place = WorkDirs(folder, paths.cache(), datasets.cache_of(run.owner, dataset.digest))
    return task.build(task.Settings(**settings), dataset, place, report)


def _require_language(
    case: Case, task: Task, dataset: Dataset, settings: Mapping[str, Any], report: ProgressReporter
) -> None:
    """
    Raises:
        InputError: the model does not know the language of the data, and the task makes no sense without.
    """
    misfit = language_fit.misfit(case, task, dataset, settings, paths.cache() / "models")
    if misfit and misfit.refused:
        raise misfit.problem
    if misfit:
        for sentence in (misfit.problem.found, misfit.problem.expected):
            report.note(sentence, **misfit.problem.args_)


def evaluate(
    case: Case, run: Run, subject: Run, trainer: Trainer, seconds: dict[str, float], report: ProgressReporter
) -> dict[str, Any]:
    """The result of `subject` but for its cost and its bundle; `run` is the work that is at it."""
    folder = paths.run(subject.id)
    with phase("evaluating", run, seconds, report):
        evaluation = trainer.evaluate(report)
        failed = evaluation_parts.reasons(evaluation.failures)
        for name in failed:
            report.note(evaluation_parts.TOLD[name])
        evaluation_parts.keep(folder, evaluation)
        return {
            "case": run.case,
            "model": subject.settings.get("model", ""),
            "settings": trainer.used,
            "trained": trainer.trained,
            "data": {**trainer.counts, "set_aside": len(data_import.dataset_of(subject).set_aside)},
            "test": evaluation.metrics,
            "references": trainer.references,
            "edits": relabeled.counted(trainer.edited, subject, evaluation.predictions),
            "as_read": evaluation.as_read,
            "repeated": dict(evaluation.repeated),
            "validation": dict(evaluation.validation),
            **_leaks(case, subject),
            **({FAILED: failed} if failed else {}),
            **evaluation.more,
        }


def _leaks(case: Case, subject: Run) -> dict[str, list[str]]:
    """The findings that may make the figures too good; no key where there are none."""
    findings = case.findings(data_import.dataset_of(subject))
    found = [one.name for one in findings if one.limits(subject.settings)]
    return {"leaks": found} if found else {}


def pack(
    run: Run, subject: Run, trainer: Trainer, evaluated: dict[str, Any], seconds: dict[str, float],
    report: ProgressReporter,
) -> dict[str, Any]:  # fmt: skip
    """The whole result of `subject`, whose bundle is written and checked."""
    folder = paths.run(subject.id)
    with phase("exporting", run, seconds, report):
        known = bundle_writer.pack(subject, trainer, folder, evaluated, report)
        integrity.note(folder)
        decisions.renew(subject)  # what was chosen of the answers while this was under way
    return {**evaluated, **known, **cost(subject, seconds), "bundle": "bundle.zip"}


def cost(subject: Run, seconds: dict[str, float]) -> dict[str, Any]:
    """What it took until now."""
    return {"seconds": dict(seconds), "peak_memory_mb": max(peak_memory_mb(), metric_rows.most_memory(subject))}


@contextmanager
def phase(name: str, run: Run, seconds: dict[str, float], report: ProgressReporter) -> Iterator[None]:
    """Tell a phase and add its seconds to those of earlier attempts, also where it is stopped."""
    report.phase(name)
    report.check()
    start, stopped = time.monotonic(), None
    try:
        yield
    except Stopped as wish:  # what was learnt until then took its time too
        stopped = wish
    seconds[SECONDS[name]] = seconds.get(SECONDS[name], 0.0) + time.monotonic() - start
    queue.beat(run.id, seconds=seconds)
    if stopped:
        raise stopped


def facts(trainer: Trainer) -> dict[str, Any]:
    return {"counts": trainer.counts, "live_references": trainer.live_references, **trainer.note}


def drop_what_training_needed(run: Run, result: Mapping[str, Any]) -> None:
    """Its checkpoints, the weights of its last epoch, what was settled of them, and what they were tried with; not
    while a part of its evaluation may be tried again, which begins with these."""
    if result.get(FAILED):
        return
    for checkpoint in paths.run(run.id).glob("checkpoint-*"):
        shutil.rmtree(checkpoint)
    checksums.discard(paths.run(run.id) / LAST)
    (paths.run(run.id) / SETTLED).unlink(missing_ok=True)
    if snapshot := records.latest("snapshot", run.id, run.owner):
        lifecycle.discard(snapshot.id, run.owner)


def peak_memory_mb() -> float:
    """Return the most memory that this process has held, in MiB."""
    if sys.platform == "win32":
        return psutil.Process().memory_info().peak_wset / 2**20
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
