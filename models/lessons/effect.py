"""What a lesson measures of its arms, and whether the effect came that it expects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.lessons.epoch import Epoch

FIRST = 5  # epochs over which gradients and noise are told: later the loss may be nothing at all


@dataclass(frozen=True)
class Expected:
    """That a `measure` is higher in one arm than in others: `by` so much at least, or so many `times`; or that it is
    the `same` in all of `arms`, no further apart than `within`.

    Attributes:
        above: the arm that is higher; "" where all are expected to be the same.
        arms: those that are lower, or alike.
    """

    measure: str
    arms: tuple[str, ...]
    above: str = ""
    by: float = 0.0
    times: float = 0.0
    within: float = 0.0


@dataclass(frozen=True)
class Came:
    """Whether one expectation was met. `high` and `low` are the means that were compared: of the arm above and of the
    highest below it, or the highest and the lowest of those that should be alike; `arms`: which these are.
    `opposite`: it came out the other way round, as clearly as it had to."""

    measure: str
    met: bool
    opposite: bool
    high: float
    low: float
    arms: tuple[str, str]


MEASURES = (
    "accuracy", "loss", "train_accuracy", "train_loss", "gap", "accuracy_gap", "confidence", "overconfidence",
    "clean_accuracy", "leak_gain", "rarest_recall", "macro_f1", "gradient", "noise", "epochs",
)  # fmt: skip


def measured(epochs: Sequence[Epoch], kept: Epoch) -> dict[str, float]:
    """Measure → its value for one training; `kept`: the epoch whose weights count."""
    early = epochs[1 : FIRST + 1] or epochs
    return {
        "accuracy": kept.accuracy,
        "loss": kept.loss,
        "train_accuracy": kept.train_accuracy,
        "train_loss": kept.train_loss,
        "gap": kept.gap,
        "accuracy_gap": kept.train_accuracy - kept.accuracy,
        "confidence": kept.confidence,
        "overconfidence": kept.confidence - kept.accuracy,
        "clean_accuracy": kept.clean_accuracy,
        "leak_gain": kept.accuracy - kept.clean_accuracy,
        "rarest_recall": kept.rarest_recall,
        "macro_f1": kept.macro_f1,
        "gradient": float(np.mean([one.gradient for one in early])),
        "noise": float(np.mean([one.noise for one in epochs[1:] or epochs])),
        "epochs": float(epochs[-1].epoch),
    }


def judge(expected: Expected, values: Mapping[str, Sequence[float]]) -> Came:
    """Compare the means; an arm is higher only where no repetition shows the opposite. One in which both are equal does
    not: of few held-out examples two trainings often get as many right.

    Args:
        values: arm → the measure of each of its trainings, in the order of their seeds.
    """
    means = {arm: float(np.mean(values[arm])) for arm in (*expected.arms, *filter(None, [expected.above]))}
    if not expected.above:
        first, last = max(expected.arms, key=means.__getitem__), min(expected.arms, key=means.__getitem__)
        met = means[first] - means[last] <= expected.within
        return Came(expected.measure, met, False, means[first], means[last], (first, last))
    other = max(expected.arms, key=means.__getitem__)
    high, low = means[expected.above], means[other]
    least = min(means[arm] for arm in expected.arms)
    met, opposite = _apart(expected, high, low), _apart(expected, least, high)
    highest = [max(below) for below in zip(*(values[arm] for arm in expected.arms), strict=True)]
    never = all(one >= another for one, another in zip(values[expected.above], highest, strict=True))
    return Came(expected.measure, met and never, opposite, high, low, (expected.above, other))


def _apart(expected: Expected, high: float, low: float) -> bool:
    enough = high >= expected.times * low if expected.times else high - low >= expected.by
    return enough and high > low  # twice nothing is nothing
