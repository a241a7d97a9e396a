"""One part of an evaluation that failed, computed again; the rest of the run stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cases
from cases.base import EvaluationPart, Trainer
from cases.base.parts import completed
from models.progress import ProgressReporter
from runs import integrity, paths
from runs.inference.errors import gone
from runs.jobs import fine_tune
from runs.kinds import JobResult
from runs.results import evaluation_parts
from runs.results.evaluation_parts import FAILED
from runs.store import queue, records
from runs.store.records import Run


def compute(run: Run, report: ProgressReporter) -> JobResult:
    """Add the part to the subject of `run`. With a part of the model itself, as a second model, all that the model
    answers is another: then it is evaluated and packed anew.

    Raises:
        InputError: the subject is gone, or its answers are.
    """
    report.phase("preparing")
    subject = records.subject(run)
    if subject is None or subject.result is None:
        raise gone()
    if problem := integrity.of_answers(subject.id):
        raise problem
    name, folder = run.settings["part"], paths.run(subject.id)
    trainer = fine_tune.build(cases.get(subject.case), subject, folder, report)
    told = fine_tune.take_up(trainer, subject, report)
    wanted = [part for part in trainer.parts if part.name == name]
    result = _added(subject, wanted, folder, report) if wanted else _anew(run, subject, trainer, told, name, report)
    queue.keep_result(subject.id, subject.status, result=result)
    if subject.status == "done":
        fine_tune.drop_what_training_needed(subject, result)
    return JobResult()


def _added(subject: Run, wanted: Sequence[EvaluationPart], folder: Path, report: ProgressReporter) -> dict[str, Any]:
    evaluation = completed(evaluation_parts.stored(subject), wanted, report)
    names = {part.name for part in wanted}
    others = {name: error for name, error in (subject.result or {}).get(FAILED, {}).items() if name not in names}
    failed = evaluation_parts.reasons(evaluation.failures)
    if not failed:
        evaluation_parts.add(folder, evaluation)
    return _with(subject, others | failed)


def _anew(
    run: Run, subject: Run, trainer: Trainer, told: Mapping[str, Any], name: str, report: ProgressReporter
) -> dict[str, Any]:  # fmt: skip
    if name in trainer.failures:
        return _with(subject, (subject.result or {}).get(FAILED, {}) | evaluation_parts.reasons(trainer.failures))
    case, seconds = cases.get(subject.case), dict(subject.seconds or {})
    evaluated = {**fine_tune.evaluate(case, run, subject, trainer, seconds, report), **told}
    queue.keep_result(subject.id, subject.status, decision=None)  # it was chosen for other answers
    return fine_tune.pack(run, subject, trainer, evaluated, seconds, report)


def _with(subject: Run, failed: Mapping[str, Any]) -> dict[str, Any]:
    """The result of the subject, in which these parts failed."""
    others = {name: value for name, value in (subject.result or {}).items() if name != FAILED}
    return {**others, FAILED: dict(failed)} if failed else others
