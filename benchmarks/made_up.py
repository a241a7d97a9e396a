"""Pictures by a stated rule, and a network that is tiny: what a benchmark needs in numbers and not in meaning.

The rule: class k of n is a disc of hue k/n at a random place and of random size on a ground of random grey, under
noise of 25 levels; 64 × 64 pixels, JPEG. All randomness starts at seed 0.
"""

from __future__ import annotations

import colorsys
import io
from pathlib import Path
from zipfile import ZipFile

import numpy as np
from PIL import Image

SIDE = 64


def pictures(archive: Path, count: int, classes: int) -> Path:
    """A zip of class folders."""
    random = np.random.default_rng(0)
    with ZipFile(archive, "w") as zipped:
        for number in range(count):
            buffer = io.BytesIO()
            _picture(random, number % classes / classes).save(buffer, "JPEG", quality=85)
            zipped.writestr(f"hue {number % classes:02}/{number:05}.jpg", buffer.getvalue())
    return archive


def _picture(random: np.random.Generator, hue: float) -> Image.Image:
    y, x = np.mgrid[:SIDE, :SIDE]
    (across, down), radius = random.uniform(16, 48, 2), random.uniform(6, 16)
    disc = (x - across) ** 2 + (y - down) ** 2 < radius**2
    colour = 255 * np.array(colorsys.hsv_to_rgb(hue, 0.7, 0.9))
    pixels = np.where(disc[:, :, None], colour, random.uniform(60, 200)) + random.normal(0, 25, (SIDE, SIDE, 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def network(folder: Path) -> Path:
    """timm's own test network, untrained, which looks at 32 pixels: ten thousand pictures take seconds."""
    import timm
    import torch

    torch.manual_seed(0)
    made = timm.create_model("test_resnet", num_classes=0, zero_init_last=False)
    made.pretrained_cfg = {**made.pretrained_cfg, "input_size": (3, 32, 32), "crop_pct": 0.8}
    timm.models.save_for_hf(made, folder, safe_serialization=True)
    return folder
