"""What EASE would say of people had it not learnt from them.

A list that was fitted to what somebody has scores just that too high: a network that learns beside it would find
nothing left to learn. Without the person's row x the inverse P becomes P + v vᵀ / (1 - xᵀv) with v = P x (Sherman and
Morrison 1950). With d the diagonal of P and s the score of item j by a history h, the score without the person is

    (s d_j - v_j g) / (d_j + v_j² / (1 - xᵀv)),    g = hᵀv / (1 - xᵀv)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csc_array, csr_array

from cases.ranking.interactions import Interactions
from cases.recommendation.item_weights import ItemList

AT_ONCE = 4_000_000  # scores
MOST = 0.99  # of xᵀv, which is below 1 but for the weights that were cut off


@dataclass(frozen=True, eq=False)
class LeaveOut:
    """`listed`: the weights that leave. `diagonal`: (items,) of P, 0 for items without weights. `train`: what the list
    was fitted to."""

    listed: ItemList
    diagonal: np.ndarray
    train: Interactions

    def scores(
        self, people: Sequence[int], before: Sequence[np.ndarray], pieces: Sequence[np.ndarray], columns: np.ndarray
    ) -> list[np.ndarray]:
        """Of each person (len(piece), columns): how each of the items `columns` scores after each item of their piece.

        Args:
            before, pieces: of each person the items they had before, and those of the piece, the earliest first.
        """
        among, mine = self._among(columns), self.train.table(np.asarray(people))
        known = mine[:, columns].toarray()
        steps = self.diagonal[columns] * (known - (mine @ among).toarray())  # (people, columns): v
        given = zip(people, before, pieces, strict=True)
        return [self._one(among, columns, step, *one) for step, one in zip(steps, given, strict=True)]

    def _one(
        self,
        among: csr_array,
        columns: np.ndarray,
        step: np.ndarray,
        person: int,
        before: np.ndarray,
        piece: np.ndarray,
    ) -> np.ndarray:
        own, decay = self._own[person], np.float32(self.listed.decay)
        pull = np.zeros(self.train.items, np.float32)
        pull[self.train.of_each[person]] = own
        fading = decay ** np.arange(len(before), 0, -1, dtype=np.float32)
        earlier = csr_array((fading, before, [0, len(before)]), (1, self.train.items))
        places = np.arange(len(piece))
        counts = np.tril(decay ** np.maximum(places[:, None] - places, 0).astype(np.float32))
        later = (decay ** places.astype(np.float32))[:, None]  # of the last before
        scores = counts @ among[piece].toarray() + later * (earlier @ among).toarray()
        part = 1 / (1 - min(float(own.sum()), MOST))
        pulled = part * (counts @ pull[piece] + later[:, 0] * float(fading @ pull[before]))
        diagonal = self.diagonal[columns]
        return (scores * diagonal - np.outer(pulled, step)) / np.maximum(diagonal + part * step**2, 1e-12)

    def _among(self, columns: np.ndarray) -> csr_array:
        """(items, columns): what each item says for these."""
        kept = self.listed.neighbours.shape[1]
        neighbours, weights = self.listed.neighbours[columns].ravel(), self.listed.weights[columns].ravel()
        ends = np.arange(0, len(neighbours) + 1, kept)
        return csr_array(csc_array((weights, neighbours, ends), (self.train.items, len(columns))))

    @cached_property
    def _own(self) -> list[np.ndarray]:
        """person → v at each item of theirs, in their order."""
        found, step = [], max(1, AT_ONCE // self.train.items)
        for start in range(0, self.train.people, step):
            people = np.arange(start, min(start + step, self.train.people))
            said = (self.train.table(people) @ self.listed.table).toarray()
            each = (self.train.of_each[person] for person in people)
            found += [self.diagonal[some] * (1 - row[some]) for row, some in zip(said, each, strict=True)]
        return found
