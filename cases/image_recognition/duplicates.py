"""Pictures that are there twice: the same to the pixel, or nearly.

A picture's print is its middle square in 16 × 16 coloured fields, centred and scaled to length one, so that the product
of two prints is their correlation, blind to brightness and contrast. Which pairs count says `cases.near_duplicates`.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pandas as pd

from cases.near_duplicates import copies, kept_aside
from models.progress import ProgressReporter

FIELDS = 16
FLAT = 2.0  # standard deviation below which a picture shows nothing to compare


def find(pixels: np.ndarray, folder: Path, report: ProgressReporter) -> pd.DataFrame:
    """The columns same and alike: the number of a sample's group of copies, -1 where it has none.

    Args:
        pixels: (samples, side, side, 3) uint8, side a multiple of 16.
        folder: where the prints are kept meanwhile.
    """
    digests: list[bytes] = []

    def prints() -> Iterator[np.ndarray]:
        for start in range(0, len(pixels), 64):
            report.check()
            batch = np.ascontiguousarray(pixels[start : start + 64])
            digests.extend(blake2b(picture, digest_size=16).digest() for picture in batch)
            yield _prints(batch)

    every = kept_aside(prints(), 3 * FIELDS**2, folder)
    return copies(digests, every, report)


def _prints(pictures: np.ndarray) -> np.ndarray:
    """(pictures, 768) float32 of length one, or zero where there is nothing to see."""
    count, side = pictures.shape[:2]
    fields = pictures.reshape(count, FIELDS, side // FIELDS, FIELDS, side // FIELDS, 3).mean((2, 4), dtype=np.float32)
    centred = fields.reshape(count, -1) - fields.mean((1, 2, 3))[:, None]
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.where(lengths > FLAT * centred.shape[1] ** 0.5, centred / np.maximum(lengths, 1e-6), 0)
