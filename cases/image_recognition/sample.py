"""The sample data set: real handwritten digits that scikit-learn carries.

Origin: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998,
doi:10.24432/C50P49, licence CC BY 4.0. Thirteen people wrote those that
scikit-learn carries; each is 8 × 8 pixels in 17 shades.
"""

from __future__ import annotations

import gzip
import io
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
from PIL import Image

from cases.base import Sample, UploadedFile
from models.errors import N_

NAME = "handwritten-digits.zip"


def digits(folder: Path, each: int = 60) -> UploadedFile:
    """A zip of ten class folders with the first `each` pictures of every digit, dark on white."""
    source = Path(str(distribution("scikit-learn").locate_file("sklearn/datasets/data/digits.csv.gz")))
    with gzip.open(source, "rt") as file:
        rows = np.loadtxt(file, delimiter=",", dtype=np.uint8)  # (1797, 64 pixels of 0..16 and the digit)
    path = folder / NAME
    with zipfile.ZipFile(path, "w") as archive:
        for digit in range(10):
            for number, row in enumerate(rows[rows[:, 64] == digit][:each]):
                entry = zipfile.ZipInfo(f"{digit}/{number:03}.png")  # without the time: the same bytes each time
                archive.writestr(entry, _png(row[:64].reshape(8, 8)))
    return UploadedFile(path, NAME)


DIGITS = Sample(
    "digits",
    N_("Try it with handwritten digits"),
    N_("600 real digits, 8 × 8 pixels, by 13 people (Alpaydin and Kaynak, UCI 1998, CC BY 4.0; package scikit-learn)."),
    digits,
    NAME,
)  # fmt: skip


def _png(shades: np.ndarray) -> bytes:
    picture = Image.fromarray(255 - (shades.astype(np.uint16) * 255 // 16).astype(np.uint8))
    buffer = io.BytesIO()
    picture.resize((64, 64), Image.Resampling.BICUBIC).save(buffer, "PNG")
    return buffer.getvalue()
