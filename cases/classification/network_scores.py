"""What the network of a classifier says of items: its scores, and what its head saw."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import nn

from cases.classification.model_inputs import ModelInputs
from cases.training.context import TrainingContext
from models.memory import Fitting
from models.progress import ProgressReporter
from models.storage.array_cache import ArrayCache
from models.training import device
from models.training.batches import Batches
from models.training.length_bucketing import batches_within

BATCH = 16  # as many of the longest as the portable file is asked about at once, which takes as much memory


@dataclass(frozen=True, eq=False)
class Answers:
    """What the network told of items with the weights it has: `scores` (items, classes) in float64, and `seen` (items,
    width), what its head saw."""

    scores: np.ndarray
    seen: np.ndarray


def of_validation(
    context: TrainingContext, items: ModelInputs, features: ArrayCache, report: ProgressReporter,
    answers: Answers | None = None,
) -> np.ndarray:  # fmt: skip
    """Of the network alone about the validation part: (items, classes) in float64, the quickest way there is.
    `features` as `evaluation.with_map` and `answers` as `evaluation.predict` takes them."""
    rows = context.rows["validation"]
    if context.settings.mode == "head":
        return of_head(context, items, features, rows, report)
    return forward(items, rows, context.device, report)[0] if answers is None else answers.scores


def of_head(
    context: TrainingContext, items: ModelInputs, features: ArrayCache, rows: np.ndarray, report: ProgressReporter
) -> np.ndarray:
    """As `of_validation`, of a network whose body is as it was when it made the features."""
    return of_features(items.network.head, np.array(features.open()[rows]), context.device, report)


def joined(items: ModelInputs, scores: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(rows, classes) scores as the model answers, from those of its network."""
    return items.ensemble.joined(scores, rows) if items.ensemble else scores


def probabilities(scores: np.ndarray) -> np.ndarray:
    return np.exp(scores - np.logaddexp.reduce(scores, 1, keepdims=True))


def forward(
    items: ModelInputs, rows: np.ndarray, where: torch.device, report: ProgressReporter, what: str = "test"
) -> tuple[np.ndarray, np.ndarray]:
    """Of these rows of the samples: scores (items, classes) in float64, and what the head saw (items, width). `what`:
    as the progress is called.

    The whole network computes, in 32 bits, as it does in the portable file: the features that training reads may have
    been computed in 16, and then a probability would be another one wherever the model is used.
    """
    network, batches = items.network.to(where).float().eval(), items.batches(rows)
    told, seen = [], []
    groups = together(batches)
    order, ends = np.concatenate(groups), np.cumsum([0, *map(len, groups)])
    hook = network.head.register_forward_pre_hook(lambda _, given: seen.append(given[0]))

    def score(start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        seen.clear()
        with torch.no_grad(), device.exactly():
            logits = network(**_inputs(batches, order[start:stop], where))["logits"]
        return logits.double().cpu().numpy(), seen.pop().float().cpu().numpy()

    fitting = Fitting(report)
    try:
        for start, stop in pairwise(ends.tolist()):
            report.check()
            report.progress(what, start, len(rows))
            told += fitting(score, start, stop)
        report.progress(what, len(rows), len(rows))
    finally:
        hook.remove()
    back, (scores, heads) = np.argsort(order), zip(*told, strict=True)
    return np.concatenate(scores)[back], np.concatenate(heads)[back]


def together(batches: Batches) -> list[np.ndarray]:
    """Numbers of the items that are asked about at once. Of items that have lengths those of like length, and more than
    `BATCH` of short ones: filled up they are no more than so many of the longest."""
    if hasattr(batches, "lengths"):
        return batches_within(batches.lengths, BATCH * int(batches.lengths.max(initial=1)))
    return np.split(np.arange(len(batches)), range(BATCH, len(batches), BATCH))


def of_features(
    head: nn.Module, features: np.ndarray, where: torch.device, report: ProgressReporter
) -> np.ndarray:  # fmt: skip
    """Scores (items, classes) in float64, from features (items, width) that the frozen body made before."""
    head.eval()

    def score(start: int, stop: int) -> np.ndarray:
        with torch.no_grad():
            return head(torch.from_numpy(features[start:stop]).to(where)).double().cpu().numpy()

    return np.concatenate(Fitting(report)(score, 0, max(1, len(features))))


def _inputs(batches: Batches, picks: np.ndarray, where: torch.device) -> dict[str, torch.Tensor]:
    batch = batches.__getitems__(picks.tolist())
    return {name: values.to(where) for name, values in batch.items() if name != "labels"}
