"""Predict with runs' portable models: in the process of a lane, without torch."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cases
from cases import tasks
from cases.base import Prediction, Predictor
from models.errors import InputError
from models.evaluation.rounded_shares import rounded
from runs import integrity, paths
from runs.inference.errors import MOST_BYTES, broken, gone, too_large
from runs.inference.lanes import MOST_FILES
from runs.limits import processes
from runs.store import folders

KEPT = 4  # models in memory

log = logging.getLogger(__name__)
_sizes: deque[int] = deque(maxlen=KEPT)  # bytes of the models that were opened last


@dataclass(frozen=True)
class Question:
    """What is asked of which model: `show` also asks for what it saw, `top` for the likeliest classes alone.

    `data`: the data set that the run learnt from.
    """

    case: str
    run: str
    data: str = ""
    show: bool = False
    visitor: bool = False
    top: int | None = None


def reply(question: Question, given: Sequence[Path | bytes], idle: int) -> dict[str, Any]:
    """`{"answers": […]}` in the order of what is given, each an answer or `{"error": …}`; or one error for all.

    `idle`: bytes that the process held before it opened a model; beyond these its memory has a limit.
    """
    try:
        with processes.named(goes_on=True):
            answers = _answers(question, given, idle)
    except InputError as error:
        return {"error": error.as_json()}
    except Exception:  # the outermost frame: a bug is logged whole and told calmly
        log.exception("A question could not be answered.")
        return {"error": broken().as_json()}
    return {"answers": [_told(answer, question.top) for answer in answers]}


def open_model(question: Question, idle: int) -> None:
    """Have the model at hand, which takes long where machine and disk are busy; what is wrong with it is answered."""
    bundle = folders.run(Path(question.run).name) / "bundle"
    if bundle.is_dir():
        integrity.require_model(bundle.parent.name)
        _model(question.case, bundle, Path(question.data).name, _written(bundle), idle)


def _answers(question: Question, given: Sequence[Path | bytes], idle: int) -> list[Prediction | InputError]:
    if len(given) > MOST_FILES or not all(_is_ours(one) for one in given if isinstance(one, Path)):
        raise PermissionError(f"Too many files, or one outside the home: {given}")
    bundle = folders.run(Path(question.run).name) / "bundle"
    if not bundle.is_dir():
        raise gone()
    integrity.require_model(bundle.parent.name)
    refused = [_refused(question, one) for one in given]
    good = [one for one, reason in zip(given, refused, strict=True) if reason is None]
    model = _model(question.case, bundle, Path(question.data).name, _written(bundle), idle)
    answers = iter(model(good, show=question.show))
    return [reason or next(answers) for reason in refused]


def _refused(question: Question, given: Path | bytes) -> InputError | None:
    size = given.stat().st_size if isinstance(given, Path) else len(given)
    if size > MOST_BYTES:
        return too_large()
    if question.visitor and isinstance(given, Path):
        return cases.get(question.case).too_much_for_a_demo(given)
    return None


def _is_ours(path: Path) -> bool:
    return path.resolve().is_relative_to(paths.home().resolve()) and path.is_file()


def _written(bundle: Path) -> tuple[int, ...]:
    """When its models were written; what else is in a bundle may be told anew while they stay in memory."""
    return tuple(file.stat().st_mtime_ns for file in sorted(bundle.glob("*.onnx")))


@lru_cache(maxsize=KEPT)
def _model(case: str, bundle: Path, data: str, _written: tuple[int, ...], idle: int) -> Predictor:
    _sizes.append(processes.of_model(bundle))
    if processes.memory():
        processes.hold(processes.memory() + sum(_sizes), idle)
    return tasks.of_bundle(cases.get(case), bundle).predictor(bundle, paths.datasets() / data if data else None)


def _told(answer: Prediction | InputError, top: int | None) -> dict[str, Any]:
    """Fit for JSON; of the `top` classes the probabilities are rounded as they are shown, by all of them."""
    if isinstance(answer, InputError):
        return {"error": answer.as_json()}
    told = asdict(answer)
    if top is not None:
        told |= {"labels": answer.labels[:top], "probabilities": rounded(answer.probabilities)[:top]}
    return told
