"""A photographic sample: views of ten places, each cut out of one panorama that the package viser carries.

The panoramas were photographed all round and given away by Poly Haven (polyhaven.com) under CC0; viser (Apache 2.0)
brings them as equirectangular JPEG of 1024 × 512 pixels. A view is what a camera would see that looks from the middle
of the panorama into some direction. Each part of the split has a sector of its own, so that no view to be tested shows
what a view to learn from shows: it is the same place, seen from another side.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from cases.base import Sample, UploadedFile
from cases.ingest import packaged
from models.errors import N_

NAME = "ten-places.zip"
PLACES = {  # what viser calls them
    "apartment": "lebombo_1k", "city": "potsdamer_platz_1k", "dawn": "kiara_1_dawn_1k", "forest": "forest_slope_1k",
    "lobby": "st_fagans_interior_1k", "night": "dikhololo_night_1k", "park": "rooitou_park_1k",
    "studio": "studio_small_03_1k", "sunset": "venice_sunset_1k", "warehouse": "empty_warehouse_01_1k",
}  # fmt: skip
SECTORS = {"train": (0, 170), "validation": (170, 250), "test": (250, 360)}  # degrees of longitude
SHARES = {"train": 0.6, "validation": 0.2, "test": 0.2}
SIDE = 160  # pixels of a view
ANGLES = {"wide": (36, 48), "up": (-20, 14), "roll": (-4, 4)}  # degrees, drawn evenly; the poles are never seen
CONTRAST = 16  # least standard deviation of shades of 0 to 255: a white wall or a black curtain shows no place


def views(folder: Path, each: int = 60) -> UploadedFile:
    """A zip with the folders train, validation and test of ten classes; `each` views of every place.

    The same bytes each time.

    Raises:
        InputError: the package is not installed.
    """
    source, path = packaged.folder("viser") / "_assets" / "hdri", folder / NAME
    with zipfile.ZipFile(path, "w") as archive:
        for seed, (place, name) in enumerate(PLACES.items()):
            random = np.random.default_rng(seed)
            with Image.open(source / f"{name}.jpg") as opened:
                panorama = np.asarray(opened.convert("RGB"), np.float32)
            for part, share in SHARES.items():
                for number in range(round(share * each)):
                    entry = zipfile.ZipInfo(f"{part}/{place}/{number:03}.jpg")  # without the time
                    archive.writestr(entry, _jpeg(_view(panorama, SECTORS[part], random)))
    return UploadedFile(path, NAME)


def _view(panorama: np.ndarray, sector: tuple[float, float], random: np.random.Generator) -> np.ndarray:
    while (pixels := look(panorama, direction(sector, random))).std() < CONTRAST:
        pass
    return pixels


def direction(sector: tuple[float, float], random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw a view whose every pixel lies in the sector: longitude and latitude in radians, (SIDE, SIDE) each."""
    while True:
        around = random.uniform(*sector)
        wide, up, roll = (np.radians(random.uniform(*ANGLES[name])) for name in ("wide", "up", "roll"))
        away, latitude = _rays(wide, up, roll)
        longitude = np.radians(around) + away
        if np.radians(sector[0]) <= longitude.min() and longitude.max() < np.radians(sector[1]):
            return longitude, latitude


def _rays(wide: float, up: float, roll: float) -> tuple[np.ndarray, np.ndarray]:
    """Longitude away from the middle of the view, and latitude, of the ray through each pixel of a pinhole camera."""
    across = np.tan(wide / 2) * (2 * (np.arange(SIDE) + 0.5) / SIDE - 1)
    flat_x, flat_y = np.meshgrid(across, -across)
    x = flat_x * np.cos(roll) - flat_y * np.sin(roll)
    tilted = flat_x * np.sin(roll) + flat_y * np.cos(roll)
    y, z = tilted * np.cos(up) + np.sin(up), np.cos(up) - tilted * np.sin(up)
    return np.arctan2(x, z), np.arctan2(y, np.hypot(x, z))


def look(panorama: np.ndarray, seen: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """(height, width, 3) and the directions of a view → (SIDE, SIDE, 3) uint8, bilinear."""
    height, width, _ = panorama.shape
    longitude, latitude = seen
    rows, columns = (0.5 - latitude / np.pi) * height - 0.5, longitude / (2 * np.pi) * width - 0.5
    above, before = np.floor(rows).astype(int), np.floor(columns).astype(int)
    down, right = (rows - above)[..., None], (columns - before)[..., None]
    after = (before + 1) % width
    upper = panorama[above, before % width] * (1 - right) + panorama[above, after] * right
    lower = panorama[above + 1, before % width] * (1 - right) + panorama[above + 1, after] * right
    return (upper * (1 - down) + lower * down).round().astype(np.uint8)


def _jpeg(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


VIEWS = Sample(
    "places",
    N_("Try it with photographs of ten places"),
    N_("600 real photographs of ten places, from Poly Haven panoramas (CC0, package viser). The test set shows unseen "
       "views."),
    views,
    NAME,
)  # fmt: skip
