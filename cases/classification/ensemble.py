"""Two models that answer together, by the mean of their log-probabilities, where the validation part says it helps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
import torch

from cases.classification.hyperparameters import TOGETHER, ensemble_outcome
from models.heads import linear_probe
from models.training import interpolation


class Member(Protocol):
    """A model beside the network, fitted."""

    def probabilities(self, rows: np.ndarray) -> np.ndarray:
        """(rows, classes) of these rows of the samples."""


class SecondModel(Protocol):
    """What a case has beside its network that learns from the same labels.

    `way`: whether both answer together, see `cases.classification.hyperparameters.ensemble`; `name`: as its baseline is
    called, see `cases.base.Baseline`; `messages`: `part` and `outcome` of a `Judgement` → a message id with its fields.
    """

    @property
    def way(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def messages(self) -> Mapping[tuple[str, str], str]: ...

    def fit(self, rows: np.ndarray) -> Member:
        """Fit one to these rows of the samples."""


@dataclass(frozen=True)
class Judgement:
    """How both answer together, and the network alone, on `items` examples that neither was fitted to; `part`: which,
    "validation", or "out_of_fold" for all of training and validation, each judged by models that were fitted to others.

    `alone`, `together`: accuracy; `loss_alone`, `loss_together`: log loss, each as sure as it is right. `taken`:
    whether both answer from now on. `factor` makes their mean as sure as it is right.
    """

    part: str
    items: int
    alone: float
    together: float
    loss_alone: float
    loss_together: float
    factor: float
    taken: bool

    @property
    def outcome(self) -> str:
        """See `hyperparameters.ensemble_outcome`."""
        return ensemble_outcome(self.taken, self.alone, self.together)

    def as_json(self, second: SecondModel) -> dict[str, Any]:
        """What the result of a run tells: also which model it is, and how it was asked for."""
        return {"member": second.name, "way": second.way, **asdict(self)}


@dataclass(frozen=True, eq=False)
class Ensemble:
    """The network and a `member`; `factor` as in `Judgement`."""

    member: Member
    factor: float

    def joined(self, scores: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """(rows, classes) scores of both, from those of the network."""
        return self.factor * mean(scores, self.member.probabilities(rows))


def mean(scores: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """(items, classes) of the log-probabilities of a network, by its scores, and of another model."""
    alone = scores - np.logaddexp.reduce(scores, 1, keepdims=True)
    return (alone + np.log(np.maximum(probabilities, linear_probe.LEAST))) / 2


def judge(way: str, part: str, scores: np.ndarray, beside: np.ndarray, labels: np.ndarray) -> Judgement:
    """Whether both answer together.

    Left to itself, only where their loss is lower by more than one standard error (Breiman et al. 1984), each as sure
    as it is right, and where no fewer answers are right.

    Args:
        scores: (items, classes) of the network, on examples that it was not fitted to.
        beside: (items, classes) probabilities of the other model, which was not fitted to them either.
        labels: (items,)
    """
    both = mean(scores, beside)
    alone, together = (float((one.argmax(1) == labels).mean()) for one in (scores, both))
    (of_network, _), (of_both, factor) = (_sharpened(one, labels) for one in (scores, both))
    helps = interpolation.clearly_lower(of_both, of_network) and together >= alone
    losses = float(of_network.mean()), float(of_both.mean())
    return Judgement(part, len(labels), alone, together, *losses, factor, way == TOGETHER or helps)


def _sharpened(scores: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, float]:
    """(items,) losses of scores that are made as sure as they are right, and the factor that does it."""
    told, truth = torch.from_numpy(np.asarray(scores, np.float64)), torch.from_numpy(labels)
    factor = linear_probe.sharpen(told, truth, len(labels))
    return torch.nn.functional.cross_entropy(factor * told, truth, reduction="none").numpy(), factor
