"""Every picture is looked at once: its pixels, or the reason why it cannot be used."""

from __future__ import annotations

import os
import struct
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from cases.image_recognition import recognising
from cases.image_recognition.predict import FORMATS, decode
from models.errors import N_
from models.report import Report

SIZE, INTERPOLATION = 256, "bicubic"  # suits bodies that look at 224 pixels, cut out of 256
BATCH = 64
FACTS = {"width": 0, "height": 0, "frames": 1, "contrast": 0.0}
UNREADABLE = (  # what Pillow's readers raise on broken files
    OSError, SyntaxError, ValueError, EOFError, RuntimeError, TypeError, IndexError, KeyError, AttributeError,
    OverflowError, struct.error, zlib.error,
)  # fmt: skip

_VAST = 40_000_000  # pixels; such pictures are decoded one at a time, for each may take a gigabyte
_one_vast = threading.Lock()

DAMAGED = N_("It is damaged and cannot be read to its end. Copy or download the original again.")
TOO_LARGE = N_("It has more than 250 million pixels. Reduce it to 4,000 pixels a side and add it again.")
TOO_MUCH = N_("There is not enough memory to read it. Reduce it to 4,000 pixels a side and add it again.")
ODD_COLOURS = N_("Its colours are coded in a way that is not read here. Save it as JPEG or PNG in RGB.")


def look(placed: list[dict[str, Any]], report: Report) -> Iterator[tuple[dict[str, Any], np.ndarray | str]]:
    """Each picture with its facts and its pixels, or with the reason why it cannot be used.

    The facts are those of `FACTS`: width and height in pixels, upright; how many frames or pages it has; and the
    contrast, the largest standard deviation of a channel.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(placed), BATCH):
            report.check()
            report.progress("pictures", start, len(placed))
            batch = placed[start : start + BATCH]
            for sample, (facts, outcome) in zip(batch, pool.map(seen, [s["path"] for s in batch]), strict=True):
                rest = {key: value for key, value in sample.items() if key != "path"}
                yield {**rest, **facts}, outcome
    report.progress("pictures", len(placed), len(placed))


def seen(path: Path, size: int = SIZE, interpolation: str = INTERPOLATION) -> tuple[dict[str, Any], np.ndarray | str]:
    """Facts and pixels of one picture, or the reason why it cannot be used."""
    if reason := recognising.why_not(path):
        return FACTS, reason
    try:
        facts = _facts(path)
        with _one_vast if facts["width"] * facts["height"] > _VAST else nullcontext():
            pixels = decode(path, size, interpolation)
    except UnidentifiedImageError:
        return FACTS, DAMAGED if recognising.begins_as_picture(path) else recognising.NO_PICTURE
    except Image.DecompressionBombError:
        return FACTS, TOO_LARGE
    except MemoryError:
        return FACTS, TOO_MUCH
    except _RawFile:
        return FACTS, recognising.IS_RAW
    except UNREADABLE as error:
        return FACTS, ODD_COLOURS if "conversion from" in str(error) else DAMAGED
    return {**facts, "contrast": float(pixels.std((0, 1)).max())}, pixels


class _RawFile(Exception):
    """A TIFF that holds what a camera's sensor saw."""


def _facts(path: Path) -> dict[str, Any]:
    with Image.open(path, formats=FORMATS) as picture:
        if recognising.is_raw(picture):
            raise _RawFile
        width, height = picture.size
        if picture.format != "TIFF" and _lies_on_its_side(picture):  # Pillow turns a TIFF itself
            width, height = height, width
        frames = 1 if picture.format == "MPO" else getattr(picture, "n_frames", 1)
    return {"width": width, "height": height, "frames": frames}


def _lies_on_its_side(picture: Image.Image) -> bool:
    try:
        return picture.getexif().get(0x0112) in (5, 6, 7, 8)
    except UNREADABLE:
        return False
