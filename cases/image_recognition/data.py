"""From a zip of class folders to decoded pictures."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
from PIL import Image, UnidentifiedImageError

from cases.archives import Member, SetAside, unpack
from cases.base import Part
from cases.dataset import Dataset
from cases.image_recognition.predict import decode
from models.errors import N_, InputError
from models.report import Report
from models.rows import Rows

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
SIZE, INTERPOLATION = 256, "bicubic"  # suits bodies that look at 224 pixels, cut out of 256
MOST_PIXELS = 250_000_000
SPLIT_FOLDERS = {
    "train": "train", "training": "train", "val": "validation", "valid": "validation",
    "validation": "validation", "test": "test", "testing": "test",
}  # fmt: skip
BATCH = 64

Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # Pillow refuses at twice this


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
            placed, strays = _place(unpacked.members, part.split)
            aside += strays
            for sample, outcome in _look(placed, report):
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


def _pixels_file(folder: Path, count: int) -> Rows:
    return Rows(folder / f"pixels-{SIZE}-{INTERPOLATION}.rows", count, (SIZE, SIZE, 3), "uint8")


def _place(members: Sequence[Member], split: str) -> tuple[list[dict], list[SetAside]]:
    """The class of each picture is the folder it lies in; train, validation and test folders above are honoured."""
    placed, strays = [], []
    for member in members:
        folders = PurePosixPath(member.name).parts[:-1]
        if not folders or folders[-1].lower() in SPLIT_FOLDERS:
            strays.append(SetAside(member.name, N_("It lies in no class folder.")))
            continue
        named = [SPLIT_FOLDERS[f.lower()] for f in folders[:-1] if f.lower() in SPLIT_FOLDERS]
        placed.append(
            {
                "name": member.name,
                "path": member.file,
                "file": member.file.name,
                "label": folders[-1],
                "split": _part(split, named),
            }
        )
    return placed, strays


def _part(split: str, named: list[str]) -> str:
    """The part the file was given for; a file to train on may hold its own validation folder."""
    if split == "train" and named[:1] == ["validation"]:
        return "validation"
    return split or (named[0] if named else "")


def _look(placed: list[dict], report: Report):  # noqa: ANN202
    """Each picture with its pixels, or with the reason why it cannot be used."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(placed), BATCH):
            report.check()
            report.progress("pictures", start, len(placed))
            batch = placed[start : start + BATCH]
            for sample, (size, outcome) in zip(batch, pool.map(_decoded, [s["path"] for s in batch]), strict=True):
                width, height = size
                rest = {key: value for key, value in sample.items() if key != "path"}
                yield {**rest, "width": width, "height": height}, outcome
    report.progress("pictures", len(placed), len(placed))


def _decoded(path: Path) -> tuple[tuple[int, int], np.ndarray | str]:
    size = (0, 0)
    try:
        with Image.open(path) as picture:
            size = picture.size
        return size, decode(path, SIZE, INTERPOLATION)
    except UnidentifiedImageError:
        return size, N_("It is not a picture, whatever its name says.")
    except Image.DecompressionBombError:
        return size, N_("It has more than 250 million pixels.")
    except (OSError, SyntaxError, ValueError, EOFError):  # what Pillow's readers raise on broken files
        return size, N_("It is damaged and cannot be read to its end.")


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
