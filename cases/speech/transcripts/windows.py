"""A long recording in windows of at most 30 seconds, cut where it is quiet rather than within a word."""

from __future__ import annotations

import numpy as np

from models.hearing import LONGEST
from models.mel import RATE

LEAST, PAUSE = 20 * RATE, RATE // 5  # samples: a cut is looked for after these, in the quietest stretch so long


def windows(wave: np.ndarray) -> list[tuple[int, int]]:
    """Begin and end of each in samples; they touch."""
    found, start = [], 0
    while len(wave) - start > LONGEST:
        powers = np.square(wave[start + LEAST : start + LONGEST], dtype=np.float64)
        sums = np.concatenate([[0.0], np.cumsum(powers)])
        quietest = int(np.argmin(sums[PAUSE:] - sums[:-PAUSE]))
        end = start + LEAST + quietest + PAUSE // 2
        found.append((start, end))
        start = end
    return [*found, (start, len(wave))]
