"""Every picture is looked at once: its pixels, or the reason why it cannot be used."""

from __future__ import annotations

import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from cases.base.decoding import Decoded, Decoders
from cases.image_recognition import file_types, jpeg_size
from cases.image_recognition.predict import FORMATS, decode
from cases.ingest.decoded_files import decoded_files
from models.errors import N_, InputError
from models.progress import ProgressReporter

SIZE, INTERPOLATION = 256, "bicubic"  # suits bodies that look at 224 pixels, cut out of 256
BATCH = 64
FACTS = {"width": 0, "height": 0, "frames": 1, "contrast": 0.0}
UNREADABLE = (  # what Pillow's readers raise on broken files
    OSError, SyntaxError, ValueError, EOFError, RuntimeError, TypeError, IndexError, KeyError, AttributeError,
    OverflowError, struct.error, zlib.error,
)  # fmt: skip

MOST_PAGES = 1000
MOST_OF_A_VISITOR = 50_000_000  # pixels, as the largest cameras of telephones but for a few have
_VAST = 40_000_000  # pixels; such pictures are decoded one at a time, for each may take a gigabyte
_one_vast = threading.Lock()

DAMAGED = N_("It is damaged and cannot be read to its end. Copy or download the original again.")
TOO_LARGE = N_("It has more than 250 million pixels. Reduce it to 4,000 pixels a side and add it again.")
TOO_MUCH = N_("There is not enough memory to read it. Reduce it to 4,000 pixels a side and add it again.")
ODD_COLOURS = N_("Its colour format is not supported. Save it as JPEG or PNG in RGB.")


def look(placed: list[dict[str, Any]], report: ProgressReporter, decoders: Decoders | None = None) -> Iterator[Decoded]:
    """Each picture with its facts and its pixels, or with the reason why it cannot be used.

    The facts are those of `FACTS`: width and height in pixels, upright; how many frames or pages it has; and the
    contrast, the largest standard deviation of a channel.
    """
    return decoded_files(placed, seen, report, batch=BATCH, phase="pictures", decoders=decoders)


def seen(path: Path, size: int = SIZE, interpolation: str = INTERPOLATION) -> Decoded:
    """Facts and pixels of one picture, or the reason why it cannot be used."""
    if reason := file_types.why_not(path):
        return FACTS, reason
    try:
        facts = _facts(path)
        with _one_vast if facts["width"] * facts["height"] > _VAST else nullcontext():
            pixels = decode(path, size, interpolation)
            if facts["jpeg"] and jpeg_size.lies(path.read_bytes()):
                return FACTS, DAMAGED
    except UnidentifiedImageError:
        return FACTS, DAMAGED if file_types.begins_as_picture(path) else file_types.NO_PICTURE
    except Image.DecompressionBombError:
        return FACTS, TOO_LARGE
    except MemoryError:
        return FACTS, TOO_MUCH
    except _RawFile:
        return FACTS, file_types.IS_RAW
    except UNREADABLE as error:
        return FACTS, ODD_COLOURS if "conversion from" in str(error) else DAMAGED
    return {**{name: facts[name] for name in FACTS if name in facts}, "contrast": _contrast(pixels)}, pixels


def _contrast(pixels: np.ndarray) -> float:
    """The largest standard deviation of a channel, by how often each value is there: in a tenth of the time."""
    counts = np.array(Image.fromarray(pixels).histogram(), np.int64).reshape(-1, 256)  # (channels, values)
    values, total = np.arange(256), counts[0].sum()
    return float(np.sqrt((total * (counts @ values**2) - (counts @ values) ** 2).max()) / total)


def pixels(path: Path) -> int:
    """How many a picture says that it has, by its first bytes alone; 0 where they do not tell."""
    try:
        with Image.open(path, formats=FORMATS) as picture:
            return picture.width * picture.height
    except Image.DecompressionBombError:  # refused by its true reason, when it is looked at
        return 0
    except UNREADABLE:
        return 0


class _RawFile(Exception):
    """A TIFF that holds what a camera's sensor saw."""


def _facts(path: Path) -> dict[str, Any]:
    with Image.open(path, formats=FORMATS) as picture:
        if file_types.is_raw(picture):
            raise _RawFile
        width, height = picture.size
        if picture.format != "TIFF" and _lies_on_its_side(picture):  # Pillow turns a TIFF itself
            width, height = height, width
        frames = _frames(picture)
        jpeg = picture.format in ("JPEG", "MPO")
    return {"width": width, "height": height, "frames": frames, "jpeg": jpeg}


def _frames(picture: Image.Image) -> int:
    """How many it has, counted up to `MOST_PAGES` in a TIFF, where Pillow holds each page against all before it."""
    if picture.format == "MPO":
        return 1
    if picture.format != "TIFF":
        return getattr(picture, "n_frames", 1)
    count = 1
    with suppress(EOFError):
        for count in range(1, MOST_PAGES):
            picture.seek(count)
        return MOST_PAGES
    return count


def _lies_on_its_side(picture: Image.Image) -> bool:
    try:
        return picture.getexif().get(0x0112) in (5, 6, 7, 8)
    except UNREADABLE:
        return False


def too_many_pixels(file: Path) -> InputError | None:
    """Of a picture that a visitor of a demo gives; also where its size cannot be told it is not too large."""
    count = pixels(file)
    if count <= MOST_OF_A_VISITOR:
        return None
    return InputError(
        found=N_("The picture has {n:,} pixels."),
        expected=N_("At most {limit:,} pixels are allowed."),
        remedy=N_("Reduce it and try again."),
        n=count,
        limit=MOST_OF_A_VISITOR,
    )
