"""What needs no fine-tuning: what most people have, and what people have who share something (item-kNN)."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from cases.recommendation.dividing import Asked, Division
from cases.recommendation.judging import Judged, judge
from models import neighbours
from models.neighbours import Neighbours
from models.report import QUIET, Report

MANY = (5, 10, 20, 50, 100, 200, 500)  # neighbours of an item; validation chooses
CHOSEN_BY = "ndcg@10"


class References:
    """Both know the training part only; how many neighbours there are, validation chose."""

    def __init__(self, division: Division, validation: Asked, report: Report) -> None:
        self.train, self.validation, self.report = division.of("train"), validation, report

    @cached_property
    def neighbours(self) -> tuple[int, Neighbours, Judged]:
        """How many of each item, who they are, and how they do on the validation part."""
        whole, tried = neighbours.find(self.train.table()), []
        for many in MANY:
            self.report.check()
            self.report.progress("neighbours", len(tried), len(MANY))
            some = whole.nearest(many)
            tried.append((many, some, self._judged(self.validation, some)))
            if many >= self.train.items:
                break
        self.report.progress("neighbours", len(MANY), len(MANY))
        return max(tried, key=lambda one: one[2].metrics[CHOSEN_BY].mean())

    def judged(self, asked: Asked) -> dict[str, Judged]:
        _many, some, known = self.neighbours
        popular = self.train.counts.astype(np.float32)
        return {
            "popularity": judge(asked, self.train.items, lambda places: np.tile(popular, (len(places), 1)), QUIET),
            "item_knn": known if asked is self.validation else self._judged(asked, some),
        }

    def _judged(self, asked: Asked, some: Neighbours) -> Judged:
        lengths = [len(had) for had in asked.had]
        ends = np.concatenate([[0], np.cumsum(lengths)])
        columns = np.concatenate(asked.had)
        histories = csr_array((np.ones(len(columns), np.float32), columns, ends), (len(lengths), self.train.items))
        return judge(asked, self.train.items, lambda places: some.scores(csr_array(histories[places])), QUIET)
