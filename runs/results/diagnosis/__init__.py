"""What happened to a run, as the book names it: overfitting, a learning rate too large, an imbalance. Each is told
where it was measured, beyond chance, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

RARE = 0.01  # chance of what is told, at most: it is asked of every result, and one in twenty would be too many
DEVIATIONS = 2.576  # of a normal distribution, beyond which lies as much as `RARE` on both sides together
IMPORTANCE = (  # the most important first: what makes a model worthless, a figure wrong, a training bad, then the rest
    "worse", "jumped", "leakage", "shift", "empty", "overfitting", "overfitting_at_once", "slow", "no_better",
    "underfitting", "unfinished", "imbalance", "overconfident", "deletions", "insertions", "popularity_bias",
    "cold_items", "cold_users",
)  # fmt: skip
MOST = 3  # that are told of a run


@dataclass(frozen=True)
class Diagnosis:
    """`name`: one of `IMPORTANCE`; `measured`: the numbers and names that it is told with."""

    name: str
    measured: Mapping[str, Any]


def foremost(found: Iterable[Diagnosis | None]) -> list[Diagnosis]:
    """The most important of them, at most `MOST`."""
    return sorted(filter(None, found), key=lambda one: IMPORTANCE.index(one.name))[:MOST]
