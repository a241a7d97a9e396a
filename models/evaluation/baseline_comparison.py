"""A model beside its baselines: which of them are better, and whether the difference is more than chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.evaluation.metrics import FALLING, Interval

ABOVE, LEVEL, BELOW = "above", "level", "below"


@dataclass(frozen=True)
class Verdict:
    """`better`: every baseline with a better value than the model's, and `strongest` the best of all, each with its
    value, the strongest first. `clearly`: how many of `better` lie outside of the model's interval, which are the first
    of them. `standing`: whether the strongest lies outside, and where."""

    value: float
    strongest: tuple[str, float]
    better: tuple[tuple[str, float], ...]
    clearly: int
    standing: str


def beside(metric: str, model: Interval, baselines: Mapping[str, Interval]) -> Verdict:
    """`baselines`: name → what it came to on the same items; at least one."""
    sign = -1 if metric in FALLING else 1
    ordered = sorted(((name, one["value"]) for name, one in baselines.items()), key=lambda one: -sign * one[1])
    better = tuple((name, value) for name, value in ordered if sign * value > sign * model["value"])
    name, value = ordered[0]
    clearly = sum(_outside(model, one) for _name, one in better)
    standing = BELOW if clearly else ABOVE if _outside(model, value) else LEVEL
    return Verdict(model["value"], (name, value), better, clearly, standing)


def _outside(model: Interval, value: float) -> bool:
    return not model["low"] <= value <= model["high"]
