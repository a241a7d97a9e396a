"""What pictures are like: size, brightness, contrast, sharpness, by which an evaluation is cut into slices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from cases.base import TABLE, Trait
from cases.dataset import Dataset
from cases.image_recognition.decoder import BATCH, INTERPOLATION, SIZE
from cases.image_recognition.reader import pixels
from models.errors import N_
from models.progress import ProgressReporter

TRAITS = {
    "width": Trait(N_("Width in pixels")),
    "height": Trait(N_("Height in pixels")),
    "brightness": Trait(N_("Brightness")),
    "contrast": Trait(N_("Contrast")),
    "sharpness": Trait(N_("Sharpness")),
    "saturation": Trait(N_("Saturation")),
}
ROUNDED = 4  # decimals that are kept


def traits_of(dataset: Dataset, answers: pd.DataFrame, cache: Path, report: ProgressReporter) -> pd.DataFrame:
    """See `Case.traits_of`. Width and height are those of the file, the others are of the pixels that a model sees."""
    rows = answers.index.to_numpy()
    seen = pixels(dataset, SIZE, INTERPOLATION, cache, report)
    found = np.empty((len(rows), 4), np.float32)
    for start in range(0, len(rows), BATCH):
        report.check()
        report.progress("traits", start, len(rows))
        found[start : start + BATCH] = [measured(seen[row]) for row in rows[start : start + BATCH]]
    report.progress("traits", len(rows), len(rows))
    sizes = dataset.samples.loc[rows, ["width", "height"]]
    told = dict(zip(("brightness", "contrast", "sharpness", "saturation"), found.T, strict=True))
    return sizes.assign(**told).join(dataset.metadata.loc[rows].astype(str).add_prefix(TABLE))


def measured(pixels: np.ndarray) -> tuple[float, ...]:
    """Brightness (mean), contrast (deviation) and sharpness of the luma from 0 to 1, and saturation, of (height, width,
    3) uint8.

    Sharpness is the deviation of the Laplacian (Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy",
    2000).
    """
    picture = Image.fromarray(pixels)
    luma = np.asarray(picture.convert("L"), np.float32) / 255
    laplacian = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:] - 4 * luma[1:-1, 1:-1]
    saturation = np.asarray(picture.convert("HSV"))[..., 1].mean() / 255
    told = luma.mean(), luma.std(), laplacian.std(), saturation
    return tuple(round(float(one), ROUNDED) for one in told)
