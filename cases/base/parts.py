"""Parts of an evaluation: each is computed, has failed with its reason, or is absent; the run is whole without them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from cases.base.trainer import Evaluation, EvaluationPart
from models import memory
from models.errors import InputError
from models.progress import ProgressReporter, Stopped
from models.training.ranks.ended import RanksEnded

T = TypeVar("T")

LABELS, MAP, SECOND_MODEL = "labels", "map", "second_model"  # stored in results; a view of the same name shows it

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class PartFailure:
    """A part that could not be computed, and the error, without its traceback, which is in the log."""

    name: str
    cause: Exception


def attempt(name: str, work: Callable[[], T]) -> T | PartFailure:
    """Return `work()`. A fault in a part costs no more than that part, so this is where every error of one ends."""
    try:
        return work()
    except (Stopped, RanksEnded):
        raise
    except Exception as error:
        if isinstance(error, InputError):
            log.warning("The part %r failed: %s", name, error)
        else:
            log.exception("The part %r failed; the run goes on without it.", name)
        failure = PartFailure(name, error.with_traceback(None))  # which would hold all that the work had in hand
    memory.release()
    return failure


def completed(evaluation: Evaluation, parts: Sequence[EvaluationPart], report: ProgressReporter) -> Evaluation:
    """The evaluation with these parts, and among its failures those that could not be computed."""
    for part in parts:
        found = attempt(part.name, partial(part.add, evaluation, report))
        if isinstance(found, PartFailure):
            found = replace(evaluation, failures={**evaluation.failures, part.name: found.cause})
        evaluation = found
    return evaluation
