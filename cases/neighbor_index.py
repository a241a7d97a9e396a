"""The neighbours of each of very many things, found by an index: nearly always those that comparing all would find."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from models.progress import ProgressReporter

CELLS, LOOKED_INTO = 4, 8  # cells an index has for each root of its things; those nearest to a thing that are searched
LEARNT_FROM = 24  # things for each cell
AT_ONCE = 1024


def nearest(
    prints: np.ndarray, rows: np.ndarray, count: int, report: ProgressReporter
) -> tuple[np.ndarray, np.ndarray]:
    """(rows, count) places in `rows` of those that are likest to each, -1 for none, and their exact correlations, which
    are -1 for none.

    An inverted file (J. Sivic and A. Zisserman, "Video Google", 2003), with a byte for each number.

    Args:
        prints: as `cases.near_duplicates.pairs` takes them; only those of `rows` count.
    """
    with _all_threads():
        return _nearest(prints, rows, count, report)


@contextmanager
def _all_threads() -> Iterator[None]:
    """Within it an index asks all cores; torch, which has its threads of OpenMP too, keeps its number after it."""
    import faiss

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def _nearest(
    prints: np.ndarray, rows: np.ndarray, count: int, report: ProgressReporter
) -> tuple[np.ndarray, np.ndarray]:
    import faiss

    width, cells = prints.shape[1], max(1, int(CELLS * len(rows) ** 0.5))
    product = faiss.METRIC_INNER_PRODUCT
    byte = faiss.ScalarQuantizer.QT_8bit
    index = faiss.IndexIVFScalarQuantizer(faiss.IndexFlatIP(width), width, cells, byte, product)
    index.cp.min_points_per_centroid, index.cp.niter, index.nprobe = 1, 6, LOOKED_INTO
    some = np.sort(np.random.default_rng(0).permutation(len(rows))[: LEARNT_FROM * cells])
    index.train(np.ascontiguousarray(prints[rows[some]]))
    for start in range(0, len(rows), AT_ONCE):
        report.check()
        index.add(np.ascontiguousarray(prints[rows[start : start + AT_ONCE]]))
    found, alike = np.empty((len(rows), count), np.int64), np.empty((len(rows), count), np.float32)
    for start in range(0, len(rows), AT_ONCE):
        report.check()
        report.progress("copies", start, len(rows))
        here = slice(start, min(start + AT_ONCE, len(rows)))
        found[here], alike[here] = _of(index, prints, rows, here, count)
    return found, alike


def _of(index: Any, prints: np.ndarray, rows: np.ndarray, here: slice, count: int) -> tuple[np.ndarray, np.ndarray]:
    asked = np.ascontiguousarray(prints[rows[here]])
    found = index.search(asked, count + 1)[1]
    itself = found == np.arange(here.start, here.stop)[:, None]
    found[itself] = -1
    alike = np.full(found.shape, -1, np.float32)
    for column, others in enumerate(found.T):
        known = np.flatnonzero(others >= 0)
        alike[known, column] = np.einsum("ij,ij->i", asked[known], prints[rows[others[known]]])
    order = np.argsort(-alike, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(found, order, 1), np.take_along_axis(alike, order, 1)
