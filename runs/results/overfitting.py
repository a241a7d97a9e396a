"""When a training begins to overfit: as the live view tells it, see `bestOf` in live_metrics/curves.js; and whether it
was still learning when it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runs.results.metric_history import Curve

RISEN = 2  # validations after the lowest loss that a rise is told from
LEARNT = 0.02  # part of the lowest and of the first loss that the last one lies above the lowest at least
LEAST = 0.02  # that it lies above the lowest: beside that of a loss near zero any rise is large
RECENT = 0.2  # of the training: over its last part the loss is said to fall still


class Overfitting:
    """Follows the losses of a training."""

    def __init__(self) -> None:
        self.since: list[float] = []  # the losses of training since the last validation
        self.train: float | None = None  # their mean
        self.validation: list[float] = []
        self.then: float | None = None  # this mean at the lowest of validation
        self.told = False

    def begins(self, split: str, values: Mapping[str, Any]) -> bool:
        """Whether it overfits since these `values` of a split: the validation loss has risen since its lowest point,
        while that of training fell. True once only."""
        if "loss" not in values or split not in ("train", "validation"):
            return False
        if split == "train":
            self.since.append(values["loss"])
            return False
        if self.since:
            self.train, self.since = sum(self.since) / len(self.since), []
            self.then = self.train if self.then is None else self.then  # nothing was trained at the lowest point
        self.validation.append(values["loss"])
        lowest = min(self.validation)
        place = self.validation.index(lowest)
        if place == len(self.validation) - 1:
            self.then = self.train
        later = self.validation[place + 1 :]
        high = lowest + max(LEARNT * max(lowest, self.validation[0]), LEAST)
        rising = len(later) >= RISEN and min(later) > lowest and later[-1] > high
        falling = self.train is not None and self.then is not None and self.train < (1 - LEARNT) * self.then
        begins = rising and falling and not self.told
        self.told |= begins
        return begins


@dataclass(frozen=True)
class Overfit:
    """The `epoch` of the `lowest` loss of validation; 0 before the first step."""

    epoch: int
    lowest: float


def overfitted(train: Curve, losses: Curve) -> Overfit | None:
    """Whether a training overfitted, see `Overfitting`, as if the curves were written anew."""
    follower, begun = Overfitting(), False
    for since, value in zip(train.parts(losses.epoch), losses.value.tolist(), strict=True):
        for told in train.value[since].tolist():
            follower.begins("train", {"loss": told})
        begun |= follower.begins("validation", {"loss": value})
    lowest, best = float(losses.value.min()), round(float(losses.epoch[losses.value.argmin()]))
    return Overfit(best, lowest) if begun else None


def still_falling(losses: Curve) -> float | None:
    """By which share the loss fell over the last part of a training whose lowest loss is the last; None where it did
    not, or hardly."""
    value = losses.value
    before = value[losses.epoch <= (1 - RECENT) * losses.epoch[-1]]
    if value.argmin() != len(value) - 1 or not len(before) or before[-1] <= 0:
        return None
    fallen = float(1 - value[-1] / before[-1])
    return fallen if fallen >= LEARNT else None
