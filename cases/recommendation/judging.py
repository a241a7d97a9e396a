"""Whoever can score items is asked about people, and judged by where it puts what they wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cases.recommendation.dividing import Asked
from models import ranking
from models.report import Report

AT_ONCE = 4_000_000  # scores
LONGEST = max(ranking.CUTS)

Scores = Callable[[np.ndarray], np.ndarray]
"""Places in `Asked.people` → (people, items), the higher the better; changed by whoever asks."""


@dataclass(frozen=True, eq=False)
class Judged:
    """`ranks` as of `ranking.ranks`; `lists` (people, at most 20) what each would be shown, best first."""

    ranks: np.ndarray
    lists: np.ndarray

    @property
    def metrics(self) -> dict[str, np.ndarray]:
        return ranking.by_person(self.ranks)


def judge(asked: Asked, items: int, scores: Scores, report: Report, what: str = "test") -> Judged:
    """Every item that a person does not have yet is ranked."""
    ranks, lists = [], []
    step = max(1, AT_ONCE // items)
    for start in range(0, len(asked.people), step):
        report.check()
        report.progress(what, start, len(asked.people))
        places = np.arange(start, min(start + step, len(asked.people)))
        table = scores(places)
        for row, place in enumerate(places):
            table[row, asked.seen[place]] = -np.inf
        ranks.append(ranking.ranks(table, asked.wanted[places]))
        lists.append(ranking.best(table, LONGEST))
    report.progress(what, len(asked.people), len(asked.people))
    return Judged(np.concatenate(ranks), np.concatenate(lists))
