"""Whoever can score items is asked about people, and judged by where it puts what they wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cases.ranking.split import EvalQueries
from models.evaluation import ranking
from models.memory import Fitting
from models.progress import ProgressReporter

AT_ONCE = 4_000_000  # scores
LONGEST = max(ranking.CUTS)

Scores = Callable[[np.ndarray], np.ndarray]
"""Places in `EvalQueries.people` → (people, items), the higher the better; changed by whoever asks."""


@dataclass(frozen=True, eq=False)
class Judged:
    """`ranks` as of `ranking.ranks`; `lists` (people, at most 20) what each would be shown, best first."""

    ranks: np.ndarray
    lists: np.ndarray

    @property
    def metrics(self) -> dict[str, np.ndarray]:
        return ranking.by_person(self.ranks)


def judge(asked: EvalQueries, items: int, scores: Scores, report: ProgressReporter) -> Judged:
    """Every item that a person does not have yet is ranked."""
    judged, fitting = [], Fitting(report)
    step = max(1, AT_ONCE // items)

    def of(start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        places = np.arange(start, stop)
        table = scores(places)
        for row, place in enumerate(places):
            table[row, asked.seen[place]] = -np.inf
        return ranking.ranks(table, asked.wanted[places]), ranking.best(table, LONGEST)

    for start in range(0, len(asked.people), step):
        report.check()
        report.progress("test", start, len(asked.people))
        judged += fitting(of, start, min(start + step, len(asked.people)))
    report.progress("test", len(asked.people), len(asked.people))
    ranks, lists = zip(*judged, strict=True)
    return Judged(np.concatenate(ranks), np.concatenate(lists))
