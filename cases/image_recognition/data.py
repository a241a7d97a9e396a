"""From a zip of class folders to decoded pictures."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from cases.archives import SetAside, unpack
from cases.base import Part
from cases.dataset import Dataset
from cases.image_recognition.looking import BATCH, INTERPOLATION, SIZE, look
from cases.image_recognition.placing import place
from cases.image_recognition.predict import decode
from models.errors import N_, InputError
from models.report import Report
from models.rows import Rows

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"})


def read(parts: Sequence[Part], folder: Path, digest: str, report: Report) -> Dataset:
    """Unpack, look at every picture once, and keep its pixels; see `Case.read`."""
    samples, aside = [], []
    pixels = _pixels_file(folder, 0).path
    with pixels.open("wb") as file:
        for number, part in enumerate(parts):
            inside = Path(str(number))
            (folder / "files" / inside).mkdir(parents=True)
            unpacked = unpack(part.path, folder / "files" / inside, suffixes=SUFFIXES)
            aside += unpacked.set_aside
            placed, strays = place(unpacked.members, part.split)
            aside += strays
            for sample, outcome in look(placed, report):
                if isinstance(outcome, str):
                    aside.append(SetAside(sample["name"], outcome))
                    (folder / "files" / inside / sample["file"]).unlink()
                    continue
                file.write(outcome.tobytes())
                samples.append({**sample, "file": (inside / sample["file"]).as_posix()})
    table = pd.DataFrame(samples, columns=["name", "file", "label", "split", "width", "height"])
    _require_classes(table, parts[0].name, len(aside))
    pixels.rename(_pixels_file(folder, len(table)).path)
    classes = tuple(sorted(table["label"].unique()))
    dataset = Dataset(folder, digest, "image_recognition", Path(parts[0].name).stem, classes)
    dataset.save(table, pd.DataFrame([(a.path, a.reason) for a in aside], columns=["name", "reason"]))
    return dataset


def pixels(dataset: Dataset, size: int, interpolation: str, cache: Path, report: Report) -> np.ndarray:
    """(samples, size, size, 3) uint8: as read, or decoded again for bodies that look at another size."""
    samples = dataset.samples
    if (size, interpolation) == (SIZE, INTERPOLATION):
        return _pixels_file(dataset.folder, len(samples)).open()
    files = [dataset.file(name) for name in samples["file"]]
    rows = Rows(
        cache / "pixels" / dataset.digest / f"{size}-{interpolation}.rows", len(files), (size, size, 3), "uint8"
    )
    with ThreadPoolExecutor(os.cpu_count()) as pool:

        def make(start: int, stop: int) -> np.ndarray:
            return np.stack(list(pool.map(lambda f: decode(f, size, interpolation), files[start:stop])))

        return rows.fill(make, BATCH, report, "pixels")


def thumbnail(dataset: Dataset, row: int) -> tuple[bytes, str] | None:
    """The kept pixels of a sample as WebP; the uploaded file itself is not opened again."""
    path = _pixels_file(dataset.folder, 0).path
    count = path.stat().st_size // _pixels_file(dataset.folder, 1).row_bytes
    if row >= count:
        return None
    buffer = io.BytesIO()
    Image.fromarray(np.array(_pixels_file(dataset.folder, count).open()[row])).save(buffer, "WEBP", quality=80)
    return buffer.getvalue(), "image/webp"


def _pixels_file(folder: Path, count: int) -> Rows:
    return Rows(folder / f"pixels-{SIZE}-{INTERPOLATION}.rows", count, (SIZE, SIZE, 3), "uint8")


def _require_classes(samples: pd.DataFrame, name: str, set_aside: int) -> None:
    if samples.empty:
        raise InputError(
            found=N_("“{name}” holds no usable picture; {set_aside} files were set aside."),
            expected=N_("A zip with a folder of pictures for each class is needed."),
            remedy=N_("Put the pictures of each class into a folder of its own and zip the folders."),
            name=name,
            set_aside=set_aside,
        )
    labels = sorted(samples["label"].unique())
    if len(labels) == 1:
        raise InputError(
            found=N_("“{name}” holds one class only, “{label}”."),
            expected=N_("At least two classes are needed: the network learns to tell them apart."),
            remedy=N_("Add a second folder with pictures of something else and zip both."),
            name=name,
            label=labels[0],
        )
