"""Pictures that are there twice: the same to the pixel, or nearly.

A picture's print is its middle square in 16 × 16 coloured fields, centred and scaled to length one, so that the product
of two prints is their correlation, blind to brightness and contrast. Which pairs count says `cases.near_duplicates`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pandas as pd

from cases.near_duplicates import copies, kept_aside
from models.progress import ProgressReporter

FIELDS = 16
BATCH, ROUND = 32, 1024  # pictures that are looked at together, and between two looks for a stop
FLAT = 2.0  # standard deviation below which a picture shows nothing to compare


def find(pixels: np.ndarray, folder: Path, report: ProgressReporter) -> pd.DataFrame:
    """The columns same and alike: the number of a sample's group of copies, -1 where it has none.

    Args:
        pixels: (samples, side, side, 3) uint8, side a multiple of 16.
        folder: where the prints are kept meanwhile.
    """
    digests: list[bytes] = []

    def prints() -> Iterator[np.ndarray]:
        with ThreadPoolExecutor(os.cpu_count()) as pool:  # hashing and adding let other threads compute
            for first in range(0, len(pixels), ROUND):
                report.check()
                report.progress("copies", first, len(pixels))
                some = pixels[first : first + ROUND]
                for told, prints in pool.map(_seen, (some[at : at + BATCH] for at in range(0, len(some), BATCH))):
                    digests.extend(told)
                    yield prints

    every = kept_aside(prints(), 3 * FIELDS**2, folder)
    return copies(digests, every, report)


def _seen(pictures: np.ndarray) -> tuple[list[bytes], np.ndarray]:
    pictures = np.ascontiguousarray(pictures)
    return [blake2b(picture, digest_size=16).digest() for picture in pictures], _prints(pictures)


def _prints(pictures: np.ndarray) -> np.ndarray:
    """(pictures, 768) float32 of length one, or zero where there is nothing to see."""
    count, each = len(pictures), pictures.shape[1] // FIELDS
    # whole numbers, first those above one another: an eighth of the time that a mean of all takes
    rows = pictures.reshape(count, FIELDS, each, -1).sum(2, dtype=np.uint32)
    fields = (rows.reshape(count, FIELDS, FIELDS, each, 3).sum(3) / each**2).astype(np.float32)
    centred = fields.reshape(count, -1) - fields.mean((1, 2, 3))[:, None]
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.where(lengths > FLAT * centred.shape[1] ** 0.5, centred / np.maximum(lengths, 1e-6), 0)
