"""When a training begins to overfit: as the live view tells it, see `bestOf` in live_metrics/curves.js."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RISEN = 2  # validations after the lowest loss that a rise is told from
LEARNT = 0.02  # part of the lowest loss that the last one lies above it at least


class Overfitting:
    """Follows the losses of a training."""

    def __init__(self) -> None:
        self.train: float | None = None  # the loss of training that was told last
        self.validation: list[float] = []
        self.then: float | None = None  # the loss of training at the lowest of validation
        self.told = False

    def begins(self, split: str, values: Mapping[str, Any]) -> bool:
        """Whether it overfits since these `values` of a split: the validation loss has risen since its lowest point,
        while that of training fell. True once only."""
        if "loss" not in values or split not in ("train", "validation"):
            return False
        if split == "train":
            self.train = values["loss"]
            return False
        self.validation.append(values["loss"])
        lowest = min(self.validation)
        place = self.validation.index(lowest)
        if place == len(self.validation) - 1:
            self.then = self.train
        later = self.validation[place + 1 :]
        rising = len(later) >= RISEN and min(later) > lowest and later[-1] > lowest * (1 + LEARNT)
        falling = self.train is not None and self.then is not None and self.train < self.then
        begins = rising and falling and not self.told
        self.told |= begins
        return begins
