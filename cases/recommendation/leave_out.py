"""What EASE would say of people had it learnt from no more of theirs than what they had by then.

A list that was fitted to what somebody has scores just that too high: a network that learns beside it would find
nothing left to learn. Without the person's row x the inverse P becomes P + v vᵀ / (1 - xᵀv) with v = P x (Sherman and
Morrison 1950). With d the diagonal of P and s the score of item j by a history h, the score without the person is

    (s d_j - v_j g) / (d_j + v_j² / (1 - xᵀv)),    g = hᵀv / (1 - xᵀv)

Who is asked about has a row in EASE, though, of what they had before. With the history h as that row all scores of
other items become 1 + hᵀP'h times smaller, where P' is the inverse without the person. That is reckoned from xᵀP'x =
xᵀv / (1 - xᵀv) by how much of x the history is; of a heavy user it may be several times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.sparse import csc_array, csr_array

from cases.ranking.interactions import Interactions
from cases.recommendation.item_weights import ItemList

MOST = 0.99  # of xᵀv, which only rounding brings to 1


class Inverse(Protocol):
    """What is known of P."""

    @property
    def diagonal(self) -> np.ndarray:
        """(items,), 0 for items without weights."""

    def projected(self, rows: csr_array, some: np.ndarray) -> np.ndarray:
        """P x for the rows x, at these items: (rows, some)."""


@dataclass(frozen=True, eq=False)
class LeaveOut:
    """`listed`: the weights that leave; of very many the small ones are missing. `inverse` is exact, so that what a
    person's own row adds is too. `train`: what the list was fitted to."""

    listed: ItemList
    inverse: Inverse
    train: Interactions

    def scores(
        self, people: Sequence[int], before: Sequence[np.ndarray], pieces: Sequence[np.ndarray], columns: np.ndarray
    ) -> list[np.ndarray]:
        """Of each person (len(piece), columns): how each of the items `columns` scores after each item of their piece;
        of those that are had by then it means nothing.

        Args:
            before, pieces: of each person the items they had before, and those of the piece, the earliest first.
        """
        among, rows = self._among(columns), self.train.table(np.asarray(people))
        own = np.unique(np.concatenate([self.train.of_each[person] for person in people]))
        steps, pulls = self.inverse.projected(rows, columns), np.zeros(rows.shape, np.float32)
        pulls[:, own] = self.inverse.projected(rows, own)
        given = zip(steps, pulls * rows.toarray(), before, pieces, strict=True)
        return [self._one(among, self.inverse.diagonal[columns], *one) for one in given]

    def _one(
        self,
        among: csr_array,
        diagonal: np.ndarray,
        step: np.ndarray,
        pull: np.ndarray,
        before: np.ndarray,
        piece: np.ndarray,
    ) -> np.ndarray:
        """`step` (columns,): v; `pull` (items,): the same at what the person has, 0 elsewhere."""
        decay = np.float32(self.listed.decay)
        fading = decay ** np.arange(len(before), 0, -1, dtype=np.float32)
        earlier = csr_array((fading, before, [0, len(before)]), (1, self.train.items))
        places = np.arange(len(piece))
        counts = np.tril(decay ** np.maximum(places[:, None] - places, 0).astype(np.float32))
        later = (decay ** places.astype(np.float32))[:, None]  # of the last before
        scores = counts @ among[piece].toarray() + later * (earlier @ among).toarray()
        leverage = min(float(pull.sum()), MOST)
        part = 1 / (1 - leverage)
        pulled = part * (counts @ pull[piece] + later[:, 0] * float(fading @ pull[before]))
        without = (scores * diagonal - np.outer(pulled, step)) / np.maximum(diagonal + part * step**2, 1e-12)
        had = counts.sum(1, keepdims=True) + later * fading.sum()
        return without / (1 + leverage * part * had / np.count_nonzero(pull))

    def _among(self, columns: np.ndarray) -> csr_array:
        """(items, columns): what each item says for these."""
        kept = self.listed.neighbours.shape[1]
        neighbours, weights = self.listed.neighbours[columns].ravel(), self.listed.weights[columns].ravel()
        ends = np.arange(0, len(neighbours) + 1, kept)
        return csr_array(csc_array((weights, neighbours, ends), (self.train.items, len(columns))))
