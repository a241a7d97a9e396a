"""Pictures that are there twice: the same to the pixel, or nearly.

A picture's print is its middle square in 16 × 16 coloured fields, centred and scaled to length one, so that the
product of two prints is their correlation, blind to brightness and contrast. A pair counts as nearly the same when
its correlation is all but one, or when it stands out: both are much more alike than either is to its other
neighbours. (The ratio test of D. Lowe, "Distinctive Image Features from Scale-Invariant Keypoints", 2004, for whole
pictures.) Without it sets of small drawings, where all of a class look alike, would drown in false pairs.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import pandas as pd

from cases.grouping import joined, shared
from models.report import Report

FIELDS = 16
BLOCK = 1024
CERTAIN = 0.998  # correlation that needs no comparison with others
LEAST, RATIO, NEIGHBOUR = 0.9, 0.15, 5
FLAT = 2.0  # standard deviation below which a picture shows nothing to compare


def find(pixels: np.ndarray, report: Report) -> pd.DataFrame:
    """The columns same and alike: the number of a sample's group of copies, -1 where it has none.

    Args:
        pixels: (samples, side, side, 3) uint8, side a multiple of 16.
    """
    digests, prints = [], []
    for start in range(0, len(pixels), 64):
        report.check()
        batch = np.ascontiguousarray(pixels[start : start + 64])
        digests += [blake2b(picture, digest_size=16).digest() for picture in batch]
        prints.append(_prints(batch))
    same = pd.factorize(pd.Series(digests))[0]
    first = np.unique(same, return_index=True)[1]  # one of each, in the order of their numbers
    one, other = _pairs(np.concatenate(prints)[first], report)
    alike = joined(one, other, len(first))[same]
    return pd.DataFrame({"same": shared(same), "alike": shared(alike)})


def _prints(pictures: np.ndarray) -> np.ndarray:
    """(pictures, 768) float32 of length one, or zero where there is nothing to see."""
    count, side = pictures.shape[:2]
    fields = pictures.reshape(count, FIELDS, side // FIELDS, FIELDS, side // FIELDS, 3).mean((2, 4), dtype=np.float32)
    centred = fields.reshape(count, -1) - fields.mean((1, 2, 3))[:, None]
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.where(lengths > FLAT * centred.shape[1] ** 0.5, centred / np.maximum(lengths, 1e-6), 0)


def _pairs(prints: np.ndarray, report: Report) -> tuple[np.ndarray, np.ndarray]:
    """Both ends of every pair that is nearly the same."""
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
