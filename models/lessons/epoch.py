"""What a lesson traces of a training, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

FULL = 1000  # a probability in a plane is in thousandths: that of a head that learns nothing hardly leaves a half


class Traced(Protocol):
    """How an arm stood after an epoch; 0 is before its first step."""

    @property
    def epoch(self) -> int: ...
    @property
    def step(self) -> int: ...
    def as_json(self) -> dict[str, Any]:
        """Both, and by their names the values of the curves."""


@dataclass(frozen=True)
class Plane:
    """How a network parts a plane, and items in it; rounded, since it is kept with the result of a run.

    Attributes:
        x, y: the lowest and the highest place of the grid, whose places lie evenly between them.
        grid: the probability of the first class, of `FULL`, row by row from the lowest y; as many rows as columns.
        points: of held-out items, each with x, y, its class, and the predicted one.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    grid: list[int]
    points: list[tuple[float, float, int, int]]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Epoch:
    """How a training stood after an epoch; 0 is before its first step.

    Attributes:
        loss, accuracy: cross-entropy and share of right predictions on the held-out part; `train_...` on the training
            part, without dropout; `gap` is the one loss less the other.
        confidence: mean of the largest probability on the held-out part.
        clean_accuracy: on what of the held-out part did not leak into the training part.
        rarest_recall: the share of the rarest class that is found.
        macro_f1: the mean of the F1 of all classes, each of which counts as much however few its items are.
        gradient: mean norm of the gradient that reached the first layer, over the steps of this epoch.
        noise: deviation of the changes of the batch's loss from step to step; a loss that falls evenly has none.
        batches: the losses of the batches of this epoch, thinned.
        plane: what was answered all over it, where the items lie in one.
    """

    epoch: int
    step: int
    loss: float
    accuracy: float
    train_loss: float
    train_accuracy: float
    gap: float
    confidence: float
    clean_accuracy: float
    rarest_recall: float
    macro_f1: float = 0.0
    gradient: float = 0.0
    noise: float = 0.0
    batches: list[float] = field(default_factory=list)
    plane: Plane | None = None

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "plane"}  # too much for every epoch


@dataclass(frozen=True)
class Point:
    """See `Traced`: an epoch of an arm whose `values` have the names of curves."""

    epoch: int
    step: int
    values: Mapping[str, float]

    def as_json(self) -> dict[str, Any]:
        return {"epoch": self.epoch, "step": self.step, **self.values}
