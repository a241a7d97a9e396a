"""A hint where nobody says who speaks: recordings that sound as if another part had the same voice.

The packaged speaker encoder hears some of the recordings; what counts is how like a recording is to those of other
classes, for within a class the word itself makes them alike, and where each class is one voice there is nothing to say.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from models.pretrained import catalog
from models.progress import ProgressReporter
from models.storage.ragged_array import RaggedArray

MODEL = "ge2e-speaker-encoder"
MOST, SECONDS = 600, 20.0  # recordings that are heard, drawn by chance, and for how long at most
AT_ONCE = 24
ALIKE = 0.87  # where as many same voices are missed as others are taken for the same: on half a second one in five
MOSTLY = 0.5  # share of the recordings that must seem so before anything is said, for one alone says little


def find(
    waves: Sequence[np.ndarray] | RaggedArray, samples: pd.DataFrame, models: Path, report: ProgressReporter
) -> np.ndarray:
    """(samples,) how like each is to the likest of another class on the other side of the split, NaN where not heard.

    The sides are the test part that came with the data and the rest; without one every recording is on the other side.

    Args:
        samples: with label, split and speaker; where some speaker is known, nothing is heard.
        models: where converted models are kept; without the package of the encoder nothing is heard.
    """
    found = np.full(len(samples), np.nan)
    if samples["speaker"].ne("").any() or samples["label"].nunique() < 2 or not _is_installed(models):
        return found
    rows, vectors = _hear(waves, models, report)
    labels, tested = pd.factorize(samples["label"])[0][rows], samples["split"].eq("test").to_numpy()[rows]
    across = tested[:, None] != tested if tested.any() else np.ones((len(rows), len(rows)), bool)
    nearest = np.where(across & (labels[:, None] != labels), vectors @ vectors.T, -np.inf).max(1)
    found[rows] = np.where(np.isfinite(nearest), nearest, np.nan)
    return found


def alike(likeness: pd.Series) -> pd.Series:
    """Which seem to be of a voice that is on the other side as well; none where most are not."""
    seem, heard = likeness >= ALIKE, likeness.notna().sum()
    return seem & (seem.sum() > MOSTLY * heard)


def _is_installed(models: Path) -> bool:
    known = catalog.find(MODEL)
    return known is not None and catalog.is_here(known, models)


def _hear(
    waves: Sequence[np.ndarray] | RaggedArray, models: Path, report: ProgressReporter
) -> tuple[np.ndarray, np.ndarray]:
    """Rows, and their vectors of length one (rows, width), as far as the time reaches."""
    from cases.speech.audio import encoders, extractors

    folder = catalog.folder(MODEL, models)
    body, extractor = encoders.load_body(folder), extractors.load(folder)
    order, vectors, end = np.random.default_rng(0).permutation(len(waves))[:MOST], [], time.monotonic() + SECONDS
    for start in range(0, len(order), AT_ONCE):
        report.progress("voices", start, len(order))
        some = [waves[row] for row in order[start : start + AT_ONCE]]
        vectors.append(encoders.vectors(body, extractor, some, bf16=False, report=report))
        if time.monotonic() > end:
            break
    heard = np.concatenate(vectors)
    return order[: len(heard)], heard
