"""Pictures of items that came with their table: files of the upload that its cells name, kept small beside the data."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import pandas as pd
from PIL import Image

from cases.dataset import Dataset
from cases.ingest.archives import SetAside
from cases.ingest.collection import SourceFile
from cases.ranking.interactions import KEPT
from models.errors import N_
from models.progress import ProgressReporter

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
FOLDER = "pictures"
SIZE = (192, 288)  # pixels at most
MOST_PIXELS = 50_000_000
UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, RuntimeError, TypeError, IndexError, KeyError, MemoryError,
              Image.DecompressionBombError)  # fmt: skip
DAMAGED = N_("It is not a picture, is damaged or has more than 50 million pixels.")
UNNAMED = N_("No item refers to this picture.")


def keep(
    items: pd.DataFrame, files: Sequence[SourceFile], folder: Path, report: ProgressReporter
) -> tuple[pd.DataFrame, list[SetAside]]:
    """The items with `KEPT` in their column image where a file is now kept of them, and "" where a cell names none; and
    the files that were of no use."""
    named = {file.name.lower(): file for file in files}
    named |= {PurePosixPath(name).name: file for name, file in named.items()}  # without its folder, as tables have it
    images, used, aside = items["image"].tolist(), set[str](), list[SetAside]()
    for row, cell in enumerate(images):
        if not cell or cell == KEPT or "://" in cell:
            continue
        report.check()
        images[row] = ""
        file = named.get(cell.lower()) or named.get(PurePosixPath(cell.lower()).name)
        if file is not None:
            used.add(file.name)
            images[row] = _keep(file, folder / FOLDER / f"{row}.webp", aside)
    aside += [SetAside(file.name, UNNAMED) for file in files if file.name not in used]
    return items.assign(image=images), aside


def _keep(file: SourceFile, path: Path, aside: list[SetAside]) -> str:
    try:
        small = _small(file.path)
    except UNREADABLE:
        aside.append(SetAside(file.name, DAMAGED))
        return ""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(small)
    return KEPT


def _small(path: Path) -> bytes:
    with Image.open(path, formats=("JPEG", "PNG", "WEBP")) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise ValueError("It has too many pixels.")
        picture.draft("RGB", SIZE)
        shown = picture.convert("RGB")
    shown.thumbnail(SIZE)
    buffer = io.BytesIO()
    shown.save(buffer, "WEBP", quality=80)
    return buffer.getvalue()


def of(dataset: Dataset, row: int) -> tuple[bytes, str] | None:
    """See `Case.picture`."""
    path = dataset.folder / FOLDER / f"{row}.webp"
    return (path.read_bytes(), "image/webp") if path.exists() else None
