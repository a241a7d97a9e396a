"""One step of gradient descent on one item, in numbers: the loss, the gradient of every layer, the loss afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

Forward = Callable[[], tuple[Tensor, Tensor]]  # → the loss, a scalar, and the probability of the label


@dataclass(frozen=True, eq=False)
class Group:
    """The parameters of one layer; those that do not learn keep their values, but their gradient is told as well."""

    parameters: Sequence[Tensor]
    learns: bool


@dataclass(frozen=True)
class GroupStep:
    """L2 norms over all parameters of a layer; a step of gradient descent moves them by learning rate × `gradient`."""

    parameters: int
    learns: bool
    weights: float
    gradient: float


@dataclass(frozen=True)
class Passed:
    """What comes out of a forward pass."""

    loss: float
    probability: float


@dataclass(frozen=True)
class GradientStep:
    """`after`: of each learning rate in its order."""

    before: Passed
    groups: tuple[GroupStep, ...]
    after: tuple[Passed, ...]


def take(
    forward: Forward, groups: Sequence[Group], rates: Sequence[float], again: Forward | None = None
) -> GradientStep:
    """Compute the gradient of the loss, and the loss after a step w ← w − rate · gradient from the same weights for
    each of `rates`. The parameters have their values again afterwards.

    Args:
        again: the same as `forward`, where what does not learn need not be computed a second time.
    """
    every = [one for group in groups for one in group.parameters]
    wanted = [one.requires_grad for one in every]
    for one in every:
        one.requires_grad_(True)
    with torch.enable_grad():
        loss, probability = forward()
        slopes = iter(torch.autograd.grad(loss, every, allow_unused=True))
    for one, before in zip(every, wanted, strict=True):
        one.requires_grad_(before)
    told, moving = [], []
    for group in groups:
        own = [(one, slope) for one in group.parameters if (slope := next(slopes)) is not None]
        told.append(GroupStep(sum(one.numel() for one in group.parameters), group.learns, _norm(group.parameters),
                              _norm([slope for _, slope in own])))  # fmt: skip
        moving += own if group.learns else []
    after = []
    for rate in rates:
        with torch.no_grad(), _moved(moving, rate):
            after.append(_passed(*(again or forward)()))
    return GradientStep(_passed(loss, probability), tuple(told), tuple(after))


def _passed(loss: Tensor, probability: Tensor) -> Passed:
    return Passed(float(loss.detach()), float(probability.detach()))


def _norm(tensors: Sequence[Tensor]) -> float:
    """Of all their numbers together, in 64 bits: of millions of small squares 32 bits would lose some."""
    return float(sum((one.detach().double().square().sum() for one in tensors), torch.zeros(())).sqrt())


@contextmanager
def _moved(moving: Sequence[tuple[Tensor, Tensor]], rate: float) -> Iterator[None]:
    before = [one.detach().clone() for one, _ in moving]
    for one, slope in moving:
        one.sub_(slope, alpha=rate)
    try:
        yield
    finally:
        for (one, _), value in zip(moving, before, strict=True):
            one.copy_(value)
