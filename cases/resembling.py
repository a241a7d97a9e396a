"""Pairs that are nearly the same, by prints: rows of numbers whose product is a correlation.

A pair counts when its correlation is all but one, or when it stands out: both are much more alike than either is to its
other neighbours. (The ratio test of D. Lowe, "Distinctive Image Features from Scale-Invariant Keypoints", 2004, for
whole things.) Without it sets where all of a class look alike would drown in false pairs.
"""

from __future__ import annotations

import numpy as np

from models.report import Report

BLOCK = 1024
CERTAIN = 0.998  # correlation that needs no comparison with others
LEAST, RATIO, NEIGHBOUR = 0.9, 0.15, 5


def pairs(prints: np.ndarray, report: Report) -> tuple[np.ndarray, np.ndarray]:
    """Both ends of every pair; `prints` (things, numbers) float32 are of length one, or zero where nothing is seen."""
    count = len(prints)
    place = max(count - NEIGHBOUR, min(1, count - 1))  # of the neighbour to compare with, among the ascending
    nearest, found = np.empty(count, np.float32), []
    for start in range(0, count, BLOCK):
        report.check()
        report.progress("copies", start, count)
        alike = prints[start : start + BLOCK] @ prints.T
        rows = np.arange(len(alike))
        alike[rows, start + rows] = -1
        nearest[start + rows] = np.partition(alike, place, axis=1)[:, place]
        one, other = np.nonzero((alike >= LEAST) & _stands_out(alike, nearest[start + rows, None]))
        found.append((start + one, other, alike[one, other]))
    one, other, alike = (np.concatenate(column) for column in zip(*found, strict=True))
    both = _stands_out(alike, nearest[one]) & _stands_out(alike, nearest[other])
    return one[both], other[both]


def _stands_out(alike: np.ndarray, nearest: np.ndarray) -> np.ndarray:
    return (alike >= CERTAIN) | (1 - alike <= RATIO * (1 - nearest))
