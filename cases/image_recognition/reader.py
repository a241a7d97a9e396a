"""From what a person brought to decoded pictures."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from cases import near_duplicates, versions
from cases.base import UploadedFile
from cases.base.decoding import Decoders
from cases.dataset import Dataset
from cases.image_recognition import duplicates
from cases.image_recognition.decoder import BATCH, FACTS, INTERPOLATION, SIZE, look, seen
from cases.image_recognition.file_types import SUFFIXES, media_type
from cases.image_recognition.predict import decode
from cases.ingest.archives import SetAside
from cases.ingest.collection import CollectedFiles, Wanted, gather
from cases.ingest.labeled_files import place
from cases.ingest.tables import metadata
from cases.ingest.titles import title_of
from models.errors import N_, InputError
from models.progress import ProgressReporter
from models.storage.array_cache import ArrayCache

READER = 1  # see `Case.reader`
SMALL = 96  # pixels a side of a picture beside others


def read(
    parts: Sequence[UploadedFile], folder: Path, digest: str, report: ProgressReporter, columns: Mapping[str, str] = {},
    before: Dataset | None = None, decoders: Decoders | None = None,
) -> Dataset:  # fmt: skip
    """Gather the pictures, look at every one once, and keep its pixels; see `Case.read`."""
    gathered = gather(parts, versions.begin(before, folder), Wanted(SUFFIXES), report)
    placing = place(gathered, columns)
    _remove_others(gathered, placing.samples)
    aside = [*gathered.set_aside, *placing.set_aside]
    samples, pixels = [], _pixels_file(folder, 0).path
    with pixels.open("wb") as file:
        if before is not None:
            with _pixels_file(before.folder, 0).path.open("rb") as earlier:
                shutil.copyfileobj(earlier, file)
        for sample, outcome in look([_with_file(one, folder / "files") for one in placing.samples], report, decoders):
            if isinstance(outcome, str):
                aside.append(SetAside(sample["name"], outcome))
                (folder / "files" / sample["file"]).unlink()
                continue
            file.write(outcome.tobytes())
            samples.append(sample)
    table = pd.DataFrame(samples, columns=["name", "file", "label", "split", *FACTS])
    name = parts[0].name if len(parts) == 1 else title_of(parts)
    _require_some(table, name, len(aside))
    table = versions.joined(before, table)
    _require_classes(table, name)
    pixels.rename(_pixels_file(folder, len(table)).path)
    table = table.join(duplicates.find(_pixels_file(folder, len(table)).open(), folder, report))
    notes = [*placing.notes, *near_duplicates.notes(len(table))]
    for note in notes:
        report.note(note["message"], **note["args"])
    classes = tuple(sorted(table["label"].unique()))
    dataset = Dataset(folder, digest, "image_recognition", title_of(parts, classes, gathered), classes, reader=READER)
    aside_table = pd.DataFrame([(one.path, one.reason) for one in aside], columns=["name", "reason"])
    besides = versions.metadata(before, metadata.table(samples))
    dataset.save(table, versions.aside(before, aside_table), notes, besides)
    return dataset


def _with_file(sample: dict[str, Any], files: Path) -> dict[str, Any]:
    return {**sample, "file": sample["path"].relative_to(files).as_posix()}


def _remove_others(gathered: CollectedFiles, placed: list[dict[str, Any]]) -> None:
    """Tables and files that belong nowhere are not kept."""
    for path in {found.path for found in (*gathered.files, *gathered.tables)} - {sample["path"] for sample in placed}:
        path.unlink()


def pixels(dataset: Dataset, size: int, interpolation: str, cache: Path, report: ProgressReporter) -> np.ndarray:
    """(samples, size, size, 3) uint8: as read, or decoded again for bodies that look at another size, and where what
    was read is damaged."""
    samples = dataset.samples
    if _as_read(dataset, size, interpolation):
        return _pixels_file(dataset.folder, len(samples)).open()
    files = [dataset.file(name) for name in samples["file"]]
    rows = _decoded_file(dataset, size, interpolation, cache)
    with ThreadPoolExecutor(os.cpu_count()) as pool:

        def make(start: int, stop: int) -> np.ndarray:
            return np.stack(list(pool.map(lambda f: decode(f, size, interpolation), files[start:stop])))

        return rows.fill(make, BATCH, report, "pixels")


def are_decoded(dataset: Dataset, size: int, interpolation: str, cache: Path) -> bool:
    """Whether `pixels` has nothing to do."""
    return _as_read(dataset, size, interpolation) or _decoded_file(dataset, size, interpolation, cache).complete()


def a_few(dataset: Dataset, rows: np.ndarray, size: int, interpolation: str) -> np.ndarray:
    """(rows, size, size, 3) uint8 of some samples, whatever is kept of the others."""
    if _as_read(dataset, size, interpolation):
        return np.array(_pixels_file(dataset.folder, len(dataset.samples)).open()[rows])
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        files = [dataset.file(name) for name in dataset.samples["file"].iloc[rows]]
        return np.stack(list(pool.map(lambda file: decode(file, size, interpolation), files)))


def thumbnail(dataset: Dataset, row: int) -> tuple[bytes, str] | None:
    """The kept pixels of a sample as WebP; the uploaded file itself is not opened again."""
    pixels = _kept(dataset, row)
    return None if pixels is None else (_webp(pixels), "image/webp")


def lent(dataset: Dataset, row: int) -> tuple[bytes, str] | None:
    """The same without loss: a model that leaves with it sees what the app's own does."""
    pixels = _kept(dataset, row)
    return None if pixels is None else (_webp(pixels, lossless=True), "image/webp")


def _kept(dataset: Dataset, row: int) -> np.ndarray | None:
    """(size, size, 3) uint8; None where there is no such row."""
    path = _pixels_file(dataset.folder, 0).path
    count = path.stat().st_size // _pixels_file(dataset.folder, 1).row_bytes
    return np.array(_pixels_file(dataset.folder, count).open()[row]) if row < count else None


def pictured(file: Path) -> bytes | None:
    """See `Case.pictured`."""
    pixels = seen(file, SMALL)[1]
    return None if isinstance(pixels, str) else _webp(pixels)


def _webp(pixels: np.ndarray, *, lossless: bool = False) -> bytes:
    buffer = io.BytesIO()
    # Method 2 takes half the time, for a twentieth more bytes.
    Image.fromarray(pixels).save(buffer, "WEBP", lossless=lossless, quality=80, method=2)
    return buffer.getvalue()


def original(dataset: Dataset, row: int) -> tuple[Path, str] | None:
    """See `Case.original`: a browser decodes it, this process does not."""
    if row not in dataset.as_read.index:
        return None
    path = dataset.file(dataset.as_read.at[row, "file"])
    kind = media_type(path) if path.exists() else None
    return (path, kind) if kind else None


def _as_read(dataset: Dataset, size: int, interpolation: str) -> bool:
    """Whether the pixels were kept so when the data were read, and still are."""
    kept = _pixels_file(dataset.folder, 0).path
    return (size, interpolation) == (SIZE, INTERPOLATION) and dataset.is_intact(kept.name)


def _decoded_file(dataset: Dataset, size: int, interpolation: str, cache: Path) -> ArrayCache:
    path = cache / "pixels" / dataset.digest / f"{size}-{interpolation}.rows"
    return ArrayCache(path, len(dataset.samples), (size, size, 3), "uint8")


def _pixels_file(folder: Path, count: int) -> ArrayCache:
    return ArrayCache(folder / f"pixels-{SIZE}-{INTERPOLATION}.rows", count, (SIZE, SIZE, 3), "uint8")


def _require_some(samples: pd.DataFrame, name: str, set_aside: int) -> None:
    if samples.empty:
        raise InputError(
            found=N_("“{name}” holds no usable pictures; skipped files: {set_aside}."),
            expected=N_("Each picture needs a class from its folder, a table or your input."),
            remedy=N_("Put the pictures of each class into a folder of its own and zip the folders."),
            name=name,
            set_aside=set_aside,
        )


def _require_classes(samples: pd.DataFrame, name: str) -> None:
    labels = sorted(samples["label"].unique())
    if len(labels) == 1:
        raise InputError(
            found=N_("“{name}” holds one class only, “{label}”."),
            expected=N_("At least two classes are needed."),
            remedy=N_("Add pictures of a second class."),
            name=name,
            label=labels[0],
        )
