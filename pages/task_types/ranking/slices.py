"""Slices of test users; see `pages.task_types.base.SliceView`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.evaluation import ranking
from models.evaluation.metrics import Interval
from models.evaluation.slices import Scores
from pages.shared.i18n import count
from pages.task_types.ranking.figures import HEADLINE
from pages.task_types.ranking.users import Viewed, users


def scores(viewed: Viewed) -> Scores:
    """NDCG@10 of each user's list."""
    values = viewed.table[HEADLINE].to_numpy(float)

    def interval(inside: np.ndarray) -> Interval:
        return ranking.approximated(values[inside])

    return Scores(HEADLINE, viewed.table.index.to_numpy(), values, np.ones(len(values)), False, interval)


def sized(n: int) -> str:
    return count("{n} user", "{n} users", n)


def only(viewed: Viewed, examples: np.ndarray) -> Viewed:
    return replace(viewed, table=viewed.table[viewed.table.index.isin(examples)])


def items(viewed: Viewed) -> None:
    """One user at a time."""
    users(viewed)
