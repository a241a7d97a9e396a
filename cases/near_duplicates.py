"""Pairs that are nearly the same, by prints: rows of numbers whose product is a correlation.

A pair counts when its correlation is all but one, or when it stands out: both are much more alike than either is to its
other neighbours. (The ratio test of D. Lowe, "Distinctive Image Features from Scale-Invariant Keypoints", 2004, for
whole things.) Without it sets where all of a class look alike would drown in false pairs.

All pairs are compared while there are few things; the time of that grows with their square, so that of many an index
finds the neighbours, see `cases.neighbor_index`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cases.neighbor_index import nearest
from models.errors import N_
from models.progress import ProgressReporter

EXACT = 20_000  # things whose pairs are all compared: a few seconds
BLOCK, VALUES = 1024, 2**23  # things that are compared with all others at once; and correlations
NEIGHBORS = 10  # of each thing that an index is asked for
CERTAIN = 0.998  # correlation that needs no comparison with others
APPROXIMATE = N_("Near-duplicates among {n:,} examples were searched approximately, by an index. A few may be missing.")
LEAST, RATIO, NEIGHBOUR = 0.9, 0.15, 5


def copies(digests: Sequence[bytes], prints: np.ndarray, report: ProgressReporter) -> pd.DataFrame:
    """The columns same and alike: the number of a thing's group of copies, -1 where it has none.

    `digests`: of the content of each thing, the same where they are the same to the bit; `prints`: see `pairs`.
    """
    same = pd.factorize(pd.Series(digests))[0]
    first = np.unique(same, return_index=True)[1]  # one of each, in the order of their numbers
    one, other = pairs(prints[first], report) if len(first) <= EXACT else likely_pairs(prints, first, report)
    alike = joined(one, other, len(first))[same]
    return pd.DataFrame({"same": shared(same), "alike": shared(alike)})


def pairs(prints: np.ndarray, report: ProgressReporter) -> tuple[np.ndarray, np.ndarray]:
    """Both ends of every pair; `prints` (things, numbers) float32 are of length one, or zero where nothing is seen."""
    count = len(prints)
    place = max(count - NEIGHBOUR, min(1, count - 1))  # of the neighbour to compare with, among the ascending
    nearest, found = np.empty(count, np.float32), []
    block = max(1, min(BLOCK, VALUES // count))
    for start in range(0, count, block):
        report.check()
        report.progress("copies", start, count)
        alike = prints[start : start + block] @ prints.T
        rows = np.arange(len(alike))
        alike[rows, start + rows] = -1
        nearest[start + rows] = np.partition(alike, place, axis=1)[:, place]
        one, other = np.nonzero((alike >= LEAST) & _stands_out(alike, nearest[start + rows, None]))
        found.append((start + one, other, alike[one, other]))
    one, other, alike = (np.concatenate(column) for column in zip(*found, strict=True))
    both = _stands_out(alike, nearest[one]) & _stands_out(alike, nearest[other])
    return one[both], other[both]


def likely_pairs(prints: np.ndarray, rows: np.ndarray, report: ProgressReporter) -> tuple[np.ndarray, np.ndarray]:
    """The same of the things in `rows`, whose places are given, but for a few pairs that an index does not find."""
    others, alike = nearest(prints, rows, NEIGHBORS, report)
    fifth = alike[:, NEIGHBOUR - 1]
    one, column = np.nonzero((alike >= LEAST) & _stands_out(alike, fifth[:, None]))
    other, alike = others[one, column], alike[one, column]
    both = _stands_out(alike, fifth[one]) & _stands_out(alike, fifth[other])
    return one[both], other[both]


def notes(count: int) -> list[dict[str, Any]]:
    """What a person should know of how `count` things were compared: messages and their arguments."""
    return [{"message": APPROXIMATE, "args": {"n": count}}] if count > EXACT else []


def kept_aside(
    prints: Iterable[np.ndarray], width: int, folder: Path, kind: type[np.number] = np.float32
) -> np.ndarray:
    """The same (things, width) in a file without a name in `folder`, read as they are touched, so that many take no
    memory; numbers of this `kind`, four bytes each."""
    with tempfile.TemporaryFile(dir=folder) as file:
        count = sum([file.write(np.ascontiguousarray(some, kind).tobytes()) for some in prints]) // (4 * width)
        file.flush()
        return np.memmap(file, kind, "r", shape=(count, width)) if count else np.zeros((0, width), kind)


def _stands_out(alike: np.ndarray, nearest: np.ndarray) -> np.ndarray:
    return (alike >= CERTAIN) | (1 - alike <= RATIO * (1 - nearest))


def joined(one: np.ndarray, other: np.ndarray, count: int) -> np.ndarray:
    """A number for each of `count`, the same where pairs join them; `one` and `other` are the ends of the pairs."""
    pairs = coo_array((np.ones(len(one), bool), (one, other)), shape=(count, count))
    return connected_components(pairs, directed=False)[1]


def shared(numbers: np.ndarray) -> np.ndarray:
    """-1 instead of the numbers that only one has."""
    return np.where(np.bincount(numbers, minlength=1)[numbers] > 1, numbers, -1).astype(np.int32)
