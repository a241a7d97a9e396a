"""What models say of items that may be learnt from, each fitted to the others: labels are judged by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch

from cases.classification.ensemble import SecondModel
from cases.training.context import TrainingContext
from models.evaluation.predictions import Predictions
from models.heads import linear_probe
from models.heads.augmented_features import AugmentedFeatures
from models.heads.head import ProbeConfig
from models.heads.linear_probe import Beside
from models.progress import ProgressReporter
from models.storage.array_cache import ArrayCache
from models.training import device

LEARNT = ("train", "validation")


@dataclass(frozen=True, eq=False)
class FoldAnswers:
    """Of what may be learnt from, each by models that were fitted to other folds: (items, classes) log-probabilities of
    a linear probe, and probabilities of the second model; (items,) labels."""

    scores: np.ndarray
    beside: np.ndarray
    labels: np.ndarray


def both(
    context: TrainingContext, features: ArrayCache, hold: ProbeConfig, second: SecondModel, report: ProgressReporter
) -> FoldAnswers:
    """Ask a linear probe on the frozen features and the second model about each item that may be learnt from."""

    def told(where: torch.device) -> tuple[np.ndarray, list[np.ndarray]]:
        folds = _folds(context, features, hold, where)
        return linear_probe.every_out_of_fold(*folds, report, [_beside(context, second)])

    scores, [other] = device.there_or_here(told, context.device, report)
    return FoldAnswers(scores, other, context.labels[_learnt(context)])


def predictions(
    context: TrainingContext,
    features: ArrayCache,
    hold: ProbeConfig,
    second: SecondModel | None,
    report: ProgressReporter,
    tuned: np.ndarray | None = None,
    views: AugmentedFeatures | None = None,
    known: FoldAnswers | None = None,
) -> Predictions:
    """What a linear probe on the frozen features says of each item that may be learnt from, fitted to others, and to
    the `views` of these; together with what the case has besides, and a probe on the `tuned` features (learnt,
    width)."""
    parts = {part: context.rows[part] for part in LEARNT}

    def judged(where: torch.device) -> np.ndarray:
        _seen, labels, classes, *_ = folds = _folds(context, features, hold, where)
        beside = [] if second is None else [_beside(context, second)]
        if tuned is not None:
            plain = replace(hold, prior=None)  # which is of the frozen features
            beside.append(linear_probe.on_features(torch.from_numpy(tuned).to(where), labels, classes, plain))
        varied = None if views is None else torch.from_numpy(views.beside(_learnt(context))).to(where)
        return linear_probe.out_of_fold(*folds, report, beside, varied)

    if known is None or tuned is not None or views is not None:
        told = device.there_or_here(judged, context.device, report)
    else:
        told = linear_probe.joined(known.scores, [known.beside] if second else [], torch.from_numpy(known.labels))
    none = np.zeros((len(told), 0), np.float32)
    return Predictions(tuple(context.dataset.classes), listed(context, parts), told, none)


def _folds(
    context: TrainingContext, features: ArrayCache, hold: ProbeConfig, where: torch.device
) -> tuple[torch.Tensor, torch.Tensor, int, ProbeConfig, np.ndarray]:
    """The first arguments of `linear_probe.out_of_fold`."""
    rows, samples = _learnt(context), context.dataset.samples
    seen, labels = (
        torch.from_numpy(some).to(where) for some in (np.array(features.open()[rows]), context.labels[rows])
    )
    together = samples["alike"].to_numpy()[rows] if "alike" in samples else np.full(len(rows), -1)
    return seen, labels, len(context.dataset.classes), hold, together


def _beside(context: TrainingContext, second: SecondModel) -> Beside:
    rows = _learnt(context)
    return lambda known, held: second.fit(rows[known]).probabilities(rows[held])


def _learnt(context: TrainingContext) -> np.ndarray:
    return np.concatenate([context.rows[part] for part in LEARNT])


def listed(context: TrainingContext, parts: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """See `Predictions.items`; part → rows of the samples."""
    rows = np.concatenate(list(parts.values()))
    return pd.DataFrame({
        "id": rows,
        "part": np.repeat(list(parts), [len(part) for part in parts.values()]),
        "label": context.labels[rows],
    })  # fmt: skip
