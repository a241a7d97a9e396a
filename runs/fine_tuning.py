"""One fine-tuning, from its data set to its bundle."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

import cases
from cases import language_fit, tasks
from cases.base import Case, Learner, Place
from cases.dataset import Dataset
from models.report import Report, Stopped
from runs import files, outcomes, packing, queue, reading, store
from runs.store import Run

SECONDS = {"preparing": "prepare", "training": "train", "evaluating": "evaluate", "exporting": "export"}


def fine_tune(run: Run, report: Report) -> None:
    """Prepare, train, evaluate, export. Each phase finds what an earlier attempt had finished."""
    case, seconds = cases.get(run.case), dict(run.seconds or {})
    with _phase("preparing", run, seconds, report):
        learner = _build(case, run, files.run(run.id), report)
        queue.beat(run.id, facts=_facts(learner))
    with _phase("training", run, seconds, report):
        learner.fit(report)
    result = _finish(case, run, learner, seconds, report, bundle=files.run(run.id))
    queue.end(run.id, "done", result=result)
    _drop_checkpoints(run.id)


def keep(run: Run, report: Report) -> None:
    """Evaluate and export what a stopped run had learnt: its best epoch, or in its first epoch its last step. Its
    checkpoints stay, so it can go on later."""
    subject = store.run(run.subject, run.owner)
    case, seconds = cases.get(run.case), dict(subject.seconds or {})
    report.phase("preparing")
    learner = _build(case, subject, files.run(subject.id), report)
    kept = learner.load_best()
    result = _finish(case, run, learner, seconds, report, bundle=files.run(subject.id), stopped=kept.as_json())
    queue.keep_result(subject.id, result=result, facts=_facts(learner))
    queue.end(run.id, "done")


def _build(case: Case, run: Run, folder: Path, report: Report) -> Learner:
    settings, dataset = case.Settings(**run.settings), reading.dataset_of(run)
    _require_language(case, run, dataset, report)
    return case.build(settings, dataset, Place(folder, files.cache()), report)


def _require_language(case: Case, run: Run, dataset: Dataset, report: Report) -> None:
    """
    Raises:
        InputError: the model does not know the language of the data, and the task makes no sense without.
    """
    task = tasks.of(case, run.settings)
    misfit = language_fit.misfit(case, task, dataset, run.settings, files.cache() / "models")
    if misfit and misfit.refused:
        raise misfit.problem
    if misfit:
        for sentence in (misfit.problem.found, misfit.problem.expected):
            report.note(sentence, **misfit.problem.args_)


def _finish(
    case: Case, run: Run, learner: Learner, seconds: dict[str, float], report: Report, *, bundle: Path,
    stopped: dict[str, int | None] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """`stopped`: as `models.checkpoints.Kept`, where the training did not come to its end."""
    with _phase("evaluating", run, seconds, report):
        evaluation = learner.evaluate(report)
        evaluation.predictions.to_parquet(bundle / "predictions.parquet")
        if evaluation.outcome:
            evaluation.outcome.save(bundle / outcomes.FOLDER)
    with _phase("exporting", run, seconds, report):
        subject = store.run(run.subject, run.owner) if run.subject else run
        aside = len(reading.dataset_of(subject).set_aside)
        result = {
            "case": run.case,
            "model": subject.settings["model"],
            "settings": learner.used,
            "trained": learner.trained,
            "data": {**learner.counts, "set_aside": aside},
            "test": evaluation.metrics,
            "references": learner.references,
            "edits": learner.edited,
            "as_read": evaluation.as_read,
        }
        if stopped:
            result["stopped"] = stopped
        result |= packing.pack(case, subject, learner, bundle, result, report)
    return {
        **result,
        "seconds": seconds,
        "peak_memory_mb": max(peak_memory_mb(), store.most_memory(subject.id)),
        "bundle": "bundle.zip",
    }


@contextmanager
def _phase(name: str, run: Run, seconds: dict[str, float], report: Report) -> Iterator[None]:
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


def _facts(learner: Learner) -> dict[str, Any]:
    return {"counts": learner.counts, "live_references": learner.live_references, **learner.note}


def _drop_checkpoints(identity: str) -> None:
    for checkpoint in files.run(identity).glob("checkpoint-*"):
        shutil.rmtree(checkpoint)


def peak_memory_mb() -> float:
    if sys.platform == "win32":
        return psutil.Process().memory_info().peak_wset / 2**20
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
