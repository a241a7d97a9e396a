"""Recordings that are there twice: the same to the sample, or nearly.

A recording's print is its spectrogram from the first loud moment to the last, in decibels, in 32 pieces of time and 40
bands, each band centred: blind to loudness, to silence around it, and to what a telephone or a file format does to
high and low. Which pairs count says `cases.near_duplicates`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pandas as pd

from cases.near_duplicates import copies, kept_aside
from cases.speech.audio import features
from models.progress import ProgressReporter

PIECES, BANDS = 32, 40
DEPTH = 1e-4  # of the loudest: 40 dB below it nothing is heard
NOTHING = 1e-8  # power below which a frame is silence whatever else there is


def find(waves: Sequence[np.ndarray] | Iterable[np.ndarray], folder: Path, report: ProgressReporter) -> pd.DataFrame:
    """The columns same and alike: the number of a recording's group of copies, -1 where it has none.

    `folder`: where the prints are kept meanwhile.
    """
    digests: list[bytes] = []

    def prints() -> Iterator[np.ndarray]:
        for wave in waves:
            report.check()
            digests.append(blake2b(np.ascontiguousarray(wave).tobytes(), digest_size=16).digest())
            yield print_of(wave)

    every = kept_aside(prints(), PIECES * BANDS, folder)
    return copies(digests, every, report)


def print_of(wave: np.ndarray) -> np.ndarray:
    """(PIECES × BANDS,) float32 of length one, or zero where there is nothing to hear."""
    power = features.mel_spectrogram(wave, BANDS)  # (frames, bands)
    heard = np.flatnonzero(power.max(1) > max(DEPTH * power.max(), NOTHING))
    if not len(heard):
        return np.zeros(PIECES * BANDS, np.float32)
    power = power[heard[0] : heard[-1] + 1]
    edges = np.linspace(0, len(power), PIECES + 1)
    starts = np.minimum(edges[:-1].astype(int), len(power) - 1)
    stops = np.maximum(np.ceil(edges[1:]).astype(int), starts + 1)
    total = np.vstack([np.zeros(BANDS), np.cumsum(power, 0)])
    pieces = (total[stops] - total[starts]) / (stops - starts)[:, None]
    decibels = 10 * np.log10(np.maximum(pieces, DEPTH * pieces.max()))
    centred = (decibels - decibels.mean(0)).ravel()
    return (centred / max(np.linalg.norm(centred), 1e-6)).astype(np.float32)
