"""A list that follows from items alone: of each item its weights for others, and what counts for everybody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from cases.ranking.networks import MOST

AT_ONCE = 512  # items


@dataclass(frozen=True, eq=False)
class ItemList:
    """`neighbours` (items, kept) int32: of each item those that speak for it, with their `weights` of the same shape;
    `liked` (items,) is added for everybody. The n-th item before the last counts `decay` ** n of it."""

    neighbours: np.ndarray
    weights: np.ndarray
    liked: np.ndarray
    decay: float = 1.0

    @classmethod
    def strongest(
        cls,
        columns: Callable[[slice], np.ndarray],
        counts: np.ndarray,
        liked: np.ndarray,
        decay: float,
        most: int = MOST,
    ) -> ItemList:
        """For each item the `most` weights that move its score most over all people: large, and of items many have.

        `columns` gives what all items say for some: (some, items); `counts` (items,) how many people have each.
        """
        often = np.sqrt(counts).astype(np.float32)
        items = len(liked)
        kept, neighbours, weights = min(most, items), [], []
        for start in range(0, items, AT_ONCE):
            block = columns(slice(start, min(start + AT_ONCE, items)))
            best = np.tile(np.arange(kept), (len(block), 1))
            some = block.any(1)  # of very many items most have no weights
            best[some] = np.argpartition(-np.abs(block[some]) * often, kept - 1, axis=1)[:, :kept]
            neighbours.append(best.astype(np.int32))
            weights.append(np.take_along_axis(block, best, 1).astype(np.float32))
        return cls(np.concatenate(neighbours), np.concatenate(weights), liked.astype(np.float32), decay)

    @cached_property
    def table(self) -> csr_array:
        """(items, items): what each, by row, says for the others."""
        items, kept = self.neighbours.shape
        ends = np.arange(0, items * kept + 1, kept)
        return csr_array(csr_array((self.weights.ravel(), self.neighbours.ravel(), ends), (items, items)).T)

    def scores(self, had: Sequence[np.ndarray]) -> np.ndarray:
        """(people, items) float32, from what each had, the earliest first."""
        return (histories(had, len(self.liked), self.decay) @ self.table).toarray() + self.liked

    def times(self, factor: float) -> ItemList:
        return replace(self, weights=np.float32(factor) * self.weights, liked=np.float32(factor) * self.liked)


def histories(had: Sequence[np.ndarray], items: int, decay: float = 1.0) -> csr_array:
    """(people, items): 1 for the last item each had, `decay` times as much for each before it."""
    lengths = np.array([len(some) for some in had])
    ends = np.concatenate([[0], np.cumsum(lengths)])
    age = np.repeat(ends[1:], lengths) - 1 - np.arange(ends[-1])
    columns = np.concatenate(had) if len(had) else np.zeros(0, int)
    return csr_array(((decay**age).astype(np.float32), columns, ends), (len(lengths), items))
