"""What happened to a run, as the book names it: overfitting, a learning rate too large, an imbalance. Each is told
where it was measured, beyond chance, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cases import hyperparameters
from cases.hyperparameters import RATE

RARE = 0.01  # chance of what is told, at most: it is asked of every result, and one in twenty would be too many
DEVIATIONS = 2.576  # of a normal distribution, beyond which lies as much as `RARE` on both sides together
IMPORTANCE = (  # the most important first: what makes a model worthless, a figure wrong, a training bad, then the rest
    "worse", "adds_nothing", "jumped", "leakage", "shift", "empty", "overfitting", "overfitting_at_once", "small",
    "slow", "below_probe", "no_better", "underfitting", "underfitting_apart", "unfinished", "imbalance",
    "overconfident", "deletions", "insertions", "popularity_bias", "cold_items", "cold_users",
)  # fmt: skip
MOST = 3  # that are told of a run
LEAN = {  # 1 where the training followed its data too little, -1 where too much
    "small": 1, "slow": 1, "below_probe": 1, "underfitting": 1, "unfinished": 1, "jumped": -1, "overfitting": -1,
    "overfitting_at_once": -1,
}  # fmt: skip
ONLY = {"jumped": (RATE,)}  # what is to blame where that is not every setting which leans so


@dataclass(frozen=True)
class Diagnosis:
    """`name`: one of `IMPORTANCE`; `measured`: the numbers and names that it is told with."""

    name: str
    measured: Mapping[str, Any]


def at_fault(
    found: Iterable[Diagnosis | None], settings: type[Any], values: Mapping[str, Any], items: int | None
) -> dict[str, Any]:
    """The settings that what was `found` blames, as far as somebody chose them, each with its default. A training that
    followed its data too much is to blame for all else that it does badly.

    Args:
        values: of the run, as they are meant today; `items`: so many were trained on.
    """
    names = {one.name for one in found if one and one.name in LEAN}
    lean = min((LEAN[name] for name in names), default=0)
    blamed = {name for name in names if LEAN[name] == lean}
    only = [ONLY[name] for name in blamed if name in ONLY]
    return hyperparameters.at_fault(
        settings, values, items, lean, sum(only, ()) if len(only) == len(blamed) else ()
    )  # fmt: skip


def foremost(found: Iterable[Diagnosis | None]) -> list[Diagnosis]:
    """The most important of them, at most `MOST`."""
    return sorted(filter(None, found), key=lambda one: IMPORTANCE.index(one.name))[:MOST]
