"""A model beside its baselines: which of them are better, and whether the difference is more than chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.evaluation.metrics import FALLING, Interval

ABOVE, LEVEL, BELOW = "above", "level", "below"


@dataclass(frozen=True)
class Verdict:
    """`better`: every baseline with a better value than the model's, and `strongest` the best of all, each with its
    value, the strongest first. `standing`: whether the strongest lies outside of the model's interval, and where."""

    value: float
    strongest: tuple[str, float]
    better: tuple[tuple[str, float], ...]
    standing: str


def beside(metric: str, model: Interval, baselines: Mapping[str, Interval]) -> Verdict:
    """`baselines`: name → what it came to on the same items; at least one."""
    sign = -1 if metric in FALLING else 1
    ordered = sorted(((name, one["value"]) for name, one in baselines.items()), key=lambda one: -sign * one[1])
    better = tuple((name, value) for name, value in ordered if sign * value > sign * model["value"])
    name, value = ordered[0]
    outside = not model["low"] <= value <= model["high"]
    standing = (BELOW if better else ABOVE) if outside else LEVEL
    return Verdict(model["value"], (name, value), better, standing)
