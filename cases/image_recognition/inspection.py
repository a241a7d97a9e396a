"""Inside a classifier of pictures: pixels after preprocessing, feature maps of every stage.

For worker processes only: torch is imported with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from cases.base import Item
from cases.classification import explanation as classification_explanation
from cases.classification import inspection
from cases.classification.inspection import Opened
from cases.image_recognition import backbones, predict
from cases.image_recognition.explanation import SCALE, model_input, places
from cases.image_recognition.settings import Settings
from cases.training.inspection import Inspection, Listing, Missing, Panel, Picture, Seen, said
from models.errors import N_
from models.inspection import activations

MAPS, ACROSS = 16, 4  # feature maps of a stage that are drawn, and how many beside each other
STAGES = 12  # at most, evenly over the depth
TILE, GAP, SHOWN = 96, 4, 448  # pixels


def inspect(bundle: Path, item: Item, folder: Path) -> Inspection:
    """See `cases.base.Task.inspect`."""
    model = predict.load(bundle)
    pixels = model_input(item, model)
    x = torch.from_numpy(normalised(pixels, model))[None]
    body = model["body"]
    head = classification_explanation.head_of(bundle, model["activation"])
    opened = Opened(body, head, _block_names(body), lambda: _features(body(x)))
    with torch.no_grad(), activations.recorded(activations.blocks(body)) as kept:
        body(x)
    entry = said(" × ".join(map(str, x.shape[1:])))
    return inspection.inspect(
        Settings, bundle, opened, item.truth, entry=entry, layers=_stages(kept, folder), arrays={},
        input=_entering(pixels, x[0].numpy(), model, folder),
    )  # fmt: skip


def enter(weights: Path, item: Item, folder: Path) -> Inspection:
    """See `cases.base.Task.enter`."""
    preprocessing = backbones.load_body(weights)[1]
    pixels = model_input(item, preprocessing)
    return Inspection(_entering(pixels, normalised(pixels, preprocessing), preprocessing, folder))


def normalised(pixels: np.ndarray, model: Mapping[str, Any]) -> np.ndarray:
    """(side, side, 3) uint8 → (3, side, side) float32, as the network takes it."""
    mean, std = (np.array(model[name], np.float32)[:, None, None] for name in ("mean", "std"))
    return (pixels.transpose(2, 0, 1).astype(np.float32) / 255 - mean) / std


def _entering(pixels: np.ndarray, x: np.ndarray, model: Mapping[str, Any], folder: Path) -> list[Panel]:
    _save(folder / "seen.webp", pixels)
    _save(folder / "normalised.webp", _channels(x))
    return [
        Picture("seen.webp", said(N_("Resized and cropped: {side} × {side} pixels"), side=model["crop"])),
        Picture("normalised.webp", said(N_("Red, green and blue after normalisation; grey is 0"))),
        Listing(_facts(model, x)),
    ]


def _features(told: Any) -> Tensor:
    return getattr(told, "logits", told)


def _block_names(body: nn.Module) -> list[list[str]]:
    """In the body of a bundle, which is a network of timm or the plain network of transformers."""
    if hasattr(body, "group_matcher"):
        return backbones.block_names(body)
    return backbones.named_blocks(name for name, _ in body.named_parameters())


def _facts(model: Mapping[str, Any], x: np.ndarray) -> list[tuple[Mapping[str, Any], str]]:
    return [
        (said(N_("Shape (channels, rows, columns)")), " × ".join(map(str, x.shape))),
        (said(N_("Mean that is subtracted (R, G, B)")), _listed(model["mean"])),
        (said(N_("Deviation that is divided by (R, G, B)")), _listed(model["std"])),
        (said(N_("Smallest and largest value afterwards")), _listed([x.min(), x.max()])),
    ]  # fmt: skip


def _listed(numbers: Any) -> str:
    return ", ".join(f"{number:.3f}" for number in numbers)


def _channels(x: np.ndarray) -> np.ndarray:
    """(3, side, side) → the channels beside each other as grey pictures (rows, columns, 3) uint8."""
    most = float(np.abs(x).max()) or 1.0
    grey = (127.5 * (1 + x / most)).clip(0, 255).astype(np.uint8)
    gap = np.full((x.shape[1], 8), 255, np.uint8)
    beside = np.concatenate([grey[0], gap, grey[1], gap, grey[2]], 1)
    return np.repeat(beside[..., None], 3, -1)


def _stages(kept: Mapping[str, Tensor], folder: Path) -> list[Seen]:
    found = {name: maps for name, one in kept.items() if (maps := _maps(one)) is not None}
    if not found:
        none = Missing(said(N_("The layers of this network keep no places of the image.")))
        return [Seen(said(N_("Layer outputs")), [none])]
    names = [*found]
    chosen = sorted({round(n) for n in np.linspace(0, len(names) - 1, min(STAGES, len(names)))})
    return [_stage(n, found[names[n]], folder) for n in chosen]


def _stage(number: int, maps: np.ndarray, folder: Path) -> Seen:
    file = f"stage{number}.webp"
    strongest = np.argsort(-np.abs(maps).mean((1, 2)), kind="stable")[:MAPS]
    _save(folder / file, montage(maps[strongest]), SHOWN)
    count, rows, columns = maps.shape
    title = said(N_("The {shown} strongest of {n} feature maps, {rows} × {columns} each; brighter is larger"),
                 shown=len(strongest), n=count, rows=rows, columns=columns)  # fmt: skip
    return Seen(said(N_("Stage {n}: {maps} maps of {rows} × {columns}"), n=number + 1, maps=count, rows=rows,
                     columns=columns), [Picture(file, title)])  # fmt: skip


def _maps(output: Tensor) -> np.ndarray | None:
    """(channels, rows, columns); None of an output without places."""
    found = places(output) if output.ndim in (3, 4) else None
    return None if found is None else found.permute(2, 0, 1).float().numpy()


def montage(maps: np.ndarray) -> np.ndarray:
    """Maps (n, rows, columns) as tiles, (rows, columns, 3) uint8: each from its own smallest value to its largest."""
    down = -(-len(maps) // ACROSS)
    step = TILE + GAP
    sheet = np.full((down * step - GAP, min(len(maps), ACROSS) * step - GAP, 3), 255, np.uint8)
    stops = np.linspace(0, 1, len(SCALE))
    for number, one in enumerate(maps):
        low, high = float(one.min()), float(one.max())
        even = ((one - low) / max(high - low, 1e-12)).astype(np.float32)
        tile = np.asarray(Image.fromarray(even).resize((TILE, TILE), Image.Resampling.NEAREST))
        top, left = step * (number // ACROSS), step * (number % ACROSS)
        colours = np.stack([np.interp(tile, stops, channel) for channel in SCALE.T], -1)
        sheet[top : top + TILE, left : left + TILE] = colours.astype(np.uint8)
    return sheet


def _save(path: Path, pixels: np.ndarray, width: int = SHOWN) -> None:
    picture = Image.fromarray(pixels)
    if picture.width > picture.height:
        width = max(width, picture.width)
    height = round(picture.height * width / picture.width)
    picture.resize((width, height), Image.Resampling.BICUBIC).save(path, "WEBP", quality=85)
