"""EASE, embarrassingly shallow autoencoders (Steck 2019): of every item a weight for every other, in closed form.

With X (people, items) of 0 and 1 and P = (XᵀX + penalty)⁻¹ the weight of item i for item j is -P[i, j] / P[j, j], and
none for itself. A person's score of an item is the sum over what they had. Where an order is known what was had earlier
may count less, each item `decay` times as much as the one after it.

Where users or items are few all penalties are tried on one decomposition of XᵀX; else over the items that most people
have, and the best is solved for once. Up to `EXACT` items it is exact, of more the most popular ones have weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import eigh, lapack
from scipy.sparse import csr_array

from cases.ranking.interactions import Interactions
from cases.ranking.split import EvalQueries

EXACT = 20_000  # items
DECOMPOSED = 4096  # users or items, of which a decomposition takes seconds
AT_ONCE = 512  # items
NOISE = 1e-6  # of the largest strength; below it is what rounding left


@dataclass(frozen=True, eq=False)
class Spectrum:
    """XᵀX = directions · strengths · directionsᵀ: from it the scores of any penalty follow without inverting again.

    `directions` (items, rank), `strengths` (rank,); the rank is at most the smaller number of people and items.
    """

    directions: np.ndarray
    strengths: np.ndarray

    @classmethod
    def of(cls, table: csr_array) -> Spectrum:
        """`table`: (people, items) of 0 and 1."""
        people, items = table.shape
        strengths, turned = eigen((table @ table.T if people < items else table.T @ table).toarray())
        kept = strengths > NOISE * max(strengths.max(initial=0.0), 1.0)
        turned, strengths = turned[:, kept], strengths[kept]
        return cls((table.T @ turned) / np.sqrt(strengths) if people < items else turned, strengths)


@dataclass(frozen=True, eq=False)
class Decomposed:
    """The weights for one penalty, from a decomposition; see `references.Weighing`."""

    spectrum: Spectrum
    penalty: float

    def scores(self, histories: csr_array) -> np.ndarray:
        """Of items that a person had they mean nothing."""
        beside, diagonal = self._inverse
        directions = self.spectrum.directions
        return -((histories @ directions) * beside) @ directions.T / diagonal

    def columns(self, some: slice) -> np.ndarray:
        beside, diagonal = self._inverse
        directions = self.spectrum.directions
        found = -(directions[some] * beside) @ directions.T / diagonal[some, None]
        found[np.arange(len(found)), np.arange(some.start, some.start + len(found))] = 0.0
        return found

    @property
    def diagonal(self) -> np.ndarray:
        """(items,) of P."""
        return self._inverse[1]

    def projected(self, rows: csr_array, some: np.ndarray) -> np.ndarray:
        """P x for the rows x, at these items: (rows, some)."""
        directions = self.spectrum.directions
        along = ((rows @ directions) * self._inverse[0]) @ directions[some].T
        return along + rows[:, some].toarray() / self.penalty

    @cached_property
    def _inverse(self) -> tuple[np.ndarray, np.ndarray]:
        """How P differs from 1 / penalty on its diagonal, (rank,) along the directions; and its diagonal (items,)."""
        beside = (1 / (self.spectrum.strengths + self.penalty) - 1 / self.penalty).astype(np.float32)
        return beside, 1 / self.penalty + (self.spectrum.directions**2) @ beside


@dataclass(frozen=True, eq=False)
class Solved:
    """All weights (items, items), and the `diagonal` (items,) of P; see `references.Weighing`."""

    weights: np.ndarray
    diagonal: np.ndarray

    def projected(self, rows: csr_array, some: np.ndarray) -> np.ndarray:
        """As of `Decomposed`."""
        return self.diagonal[some] * (rows[:, some].toarray() - (rows @ self.weights)[:, some])

    def scores(self, histories: csr_array) -> np.ndarray:
        return histories @ self.weights

    def columns(self, some: slice) -> np.ndarray:
        return self.weights[:, some].T


@dataclass(frozen=True, eq=False)
class Among:
    """Weights of the items `kept` (numbers, rising) alone among `items`: the others have none."""

    weighing: Decomposed | Solved
    kept: np.ndarray
    items: int

    def scores(self, histories: csr_array) -> np.ndarray:
        found = np.zeros((histories.shape[0], self.items), np.float32)
        found[:, self.kept] = self.weighing.scores(csr_array(histories[:, self.kept]))
        return found

    @property
    def diagonal(self) -> np.ndarray:
        """(items,) of P, 0 for those without weights."""
        found = np.zeros(self.items, np.float32)
        found[self.kept] = self.weighing.diagonal
        return found

    def projected(self, rows: csr_array, some: np.ndarray) -> np.ndarray:
        """As of `Decomposed`, 0 for items without weights."""
        there = np.isin(some, self.kept)
        found = np.zeros((rows.shape[0], len(some)), np.float32)
        found[:, there] = self.weighing.projected(
            csr_array(rows[:, self.kept]), np.searchsorted(self.kept, some[there])
        )
        return found

    def columns(self, some: slice) -> np.ndarray:
        found = np.zeros((some.stop - some.start, self.items), np.float32)
        places = np.flatnonzero((self.kept >= some.start) & (self.kept < some.stop))
        if len(places):
            block = self.weighing.columns(slice(int(places[0]), int(places[-1]) + 1))
            found[np.ix_(self.kept[places] - some.start, self.kept)] = block
        return found


@dataclass(frozen=True, eq=False)
class Sample:
    """What penalties are chosen on: a decomposition, and whom to ask about its items."""

    spectrum: Spectrum
    asked: EvalQueries
    items: int

    def solved(self, penalty: float) -> Decomposed:
        return Decomposed(self.spectrum, penalty)


class Ease:
    """The weights of every item of `train` for every other, for the penalty that is asked for."""

    def __init__(self, train: Interactions) -> None:
        self.train, self.whole = train, train.table()
        self.kept = _most_had(train, EXACT)
        self.exact = min(train.people, len(self.kept)) <= DECOMPOSED
        self.last: tuple[float, Solved] | None = None

    @cached_property
    def table(self) -> csr_array:
        """(people, items kept)"""
        return self.whole if len(self.kept) == self.train.items else csr_array(self.whole[:, self.kept])

    @cached_property
    def spectrum(self) -> Spectrum:
        return Spectrum.of(self.table)

    def sample(self, asked: EvalQueries) -> Sample:
        """All items kept, or those that most people have where only these can be decomposed."""
        chosen = self.kept if self.exact else _most_had(self.train, DECOMPOSED)
        spectrum = self.spectrum if self.exact else Spectrum.of(csr_array(self.whole[:, chosen]))
        whole = len(chosen) == self.train.items
        return Sample(spectrum, asked if whole else asked.among(chosen, self.train.items), len(chosen))

    def solved(self, penalty: float) -> Decomposed | Solved | Among:
        found = Decomposed(self.spectrum, penalty) if self.exact else self._solved(penalty)
        return found if len(self.kept) == self.train.items else Among(found, self.kept, self.train.items)

    def _solved(self, penalty: float) -> Solved:
        """The last is kept: with and without fading the penalty is often the same."""
        if self.last is None or self.last[0] != penalty:
            self.last = None  # two would not fit where one takes gigabytes
            self.last = (penalty, solve(self.table, penalty))
        return self.last[1]


def _most_had(history: Interactions, most: int) -> np.ndarray:
    """At most so many items, those that most people have, by number."""
    return np.sort(np.argsort(-history.counts, kind="stable")[:most])


def solve(table: csr_array, penalty: float) -> Solved:
    """All weights in float32, by Cholesky's decomposition: in place, for they may take gigabytes.

    `table`: (people, items) of 0 and 1.
    """
    items, columns = table.shape[1], csr_array(table.T)
    gram = np.empty((items, items), np.float32)
    for start in range(0, items, AT_ONCE):
        gram[start : start + AT_ONCE] = (columns[start : start + AT_ONCE] @ table).toarray()
    gram[np.diag_indices_from(gram)] += penalty
    weights = inverse(gram)
    diagonal = weights.diagonal().copy()
    weights /= -diagonal
    np.fill_diagonal(weights, 0.0)
    return Solved(weights, diagonal)


def inverse(gram: np.ndarray) -> np.ndarray:
    """Of a positive definite matrix (items, items) float32, in its own memory where it can be."""
    factor, _ = lapack.spotrf(gram.T, lower=1, overwrite_a=1)
    found, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    found = found.T  # row by row again; what is filled is its upper half
    for start in range(0, len(found), AT_ONCE):
        stop = start + AT_ONCE
        block = np.triu(found[start:stop, start:stop])
        found[start:stop, start:stop] = block + np.triu(block, 1).T
        found[stop:, start:stop] = found[start:stop, stop:].T
    return found


def eigen(square: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of a symmetric matrix its values, rising, and its directions as columns."""
    return eigh(square.astype(np.float32), overwrite_a=True, check_finite=False, driver="evd")
