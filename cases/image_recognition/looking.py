"""Every picture is looked at once: its pixels, or the reason why it cannot be used."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from cases.image_recognition.predict import decode
from models.errors import N_
from models.report import Report

SIZE, INTERPOLATION = 256, "bicubic"  # suits bodies that look at 224 pixels, cut out of 256
MOST_PIXELS = 250_000_000
BATCH = 64

Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # Pillow refuses at twice this


def look(placed: list[dict[str, Any]], report: Report) -> Iterator[tuple[dict[str, Any], np.ndarray | str]]:
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
