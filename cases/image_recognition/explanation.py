"""Where a network looked: Grad-CAM over its last feature maps (Selvaraju et al. 2017).

For worker processes only: torch is imported with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from cases.base import Item
from cases.classification import explanation
from cases.image_recognition import decoder, predict
from cases.image_recognition.predictor import unread
from cases.image_recognition.side_by_side import SideBySide
from models.heads.head import Head

SHOWN = 448  # pixels
# dark blue over green to yellow: lightness rises evenly, so it reads without telling hues apart (viridis)
SCALE = np.array([(68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)], float)


def explain(bundle: Path, item: Item, folder: Path) -> dict[str, Any]:
    """See `Task.explain`: the picture as the network saw it, then what spoke for the class named, and for the label."""
    model = predict.load(bundle)
    pixels = model_input(item, model)
    scores, maps = forward(model, explanation.head_of(bundle, model["activation"]), pixels)
    shares, labels = scores.softmax(0).detach().numpy(), model["labels"]
    wanted = explanation.wanted(labels, shares, item.truth)
    _save(folder / "seen.webp", pixels)
    for name, number in wanted.items():
        _save(folder / f"{name}.webp", overlaid(pixels, heat(scores[number], maps)))
    return {**explanation.told(labels, shares, item.truth), "pictures": ["seen", *wanted]}


def model_input(item: Item, model: dict[str, Any]) -> np.ndarray:
    """(crop, crop, 3) uint8, as in training and evaluation; `model`: what `predict.load` gives."""
    return _pixels(_file(item), model)


def _file(item: Item) -> Path:
    if item.file:
        return item.file
    dataset, row = explanation.row_of(item)
    return dataset.file(dataset.samples.at[row, "file"])


def _pixels(file: Path, model: dict[str, Any]) -> np.ndarray:
    square = decoder.seen(file, model["size"], model["interpolation"])[1]
    if isinstance(square, str):
        raise unread(square)
    start = (model["size"] - model["crop"]) // 2
    return np.ascontiguousarray(square[start : start + model["crop"], start : start + model["crop"]])


Seen = tuple[
    Tensor, float
]  # maps, tokens or pixels, and the share of the picture's side that they cover, in its middle


def forward(model: dict[str, Any], head: Head, pixels: np.ndarray) -> tuple[Tensor, list[Seen]]:
    """Scores (classes,) of pixels (crop, crop, 3), and what they were computed from and can be asked about.

    That is (1, …) feature maps, or tokens in a square, of each network that looked; else, of bodies that keep no
    places, the input itself.
    """
    mean, std = (torch.tensor(model[name])[:, None, None] for name in ("mean", "std"))
    x = (((torch.from_numpy(pixels).permute(2, 0, 1) / 255 - mean) / std)[None]).requires_grad_()
    body = model["body"]
    if not isinstance(body, SideBySide) and not hasattr(body, "forward_features"):
        scores, seen = _of_transformers(body, head, x)
        return scores, [(seen, 1.0)]
    features, maps = [], []
    for network, view in body.views(x) if isinstance(body, SideBySide) else [(body, x)]:
        vector, seen = _of_timm(network, view)
        features.append(vector)
        if places(seen) is not None:
            maps.append((seen, view.shape[-1] / x.shape[-1]))
    return head(torch.cat(features, 1))[0], maps or [(x, 1.0)]


def _of_timm(body: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """Features (1, width), and the maps or tokens they are pooled from."""
    kept: list[Tensor] = []
    mixing = _last_mixing(body)
    hook = mixing.register_forward_hook(lambda *given: kept.append(given[-1])) if mixing else None
    kept.append(body.forward_features(x))
    if hook:
        hook.remove()
    return body.forward_head(kept[-1]), kept[0]


def _of_transformers(body: nn.Module, head: Head, x: Tensor) -> tuple[Tensor, Tensor]:
    """Scores (classes,), and the last states whose places they depend on: behind a transformer's last block that may be
    the class token alone."""
    told = body(pixel_values=x, output_hidden_states=True)
    scores = head(told.logits)[0]
    for seen in reversed(told.hidden_states or ()):
        slope = torch.autograd.grad(scores.max(), seen, retain_graph=True, allow_unused=True)[0]
        at_places = None if slope is None else places(slope)
        if at_places is not None and at_places.any():
            return scores, seen
    return scores, x


def _last_mixing(body: nn.Module) -> nn.Module | None:
    """Where a transformer's last block begins: behind it, what is told may be in the class token alone."""
    blocks = getattr(body, "blocks", None)
    if getattr(body, "num_prefix_tokens", 0) and blocks is not None:
        return getattr(blocks[-1], "norm1", None)
    return None


def places(seen: Tensor) -> Tensor | None:
    """(rows, columns, channels) of maps (1, …) with the channels first or last, or of tokens (1, places, channels)."""
    if seen.ndim == 4:
        first = seen.shape[2] == seen.shape[3]
        return seen[0].permute(1, 2, 0) if first else seen[0]
    side = isqrt(seen.shape[1])  # the class token and its like stand before the places
    return seen[0, -(side**2) :].reshape(side, side, -1) if side > 1 else None


def heat(score: Tensor, seen: Sequence[Seen]) -> np.ndarray:
    """(rows, columns) from 0 to 1: how much each place spoke for `score`, in all that was `seen`."""
    each = [(_spoke(score, one), share) for one, share in seen]
    finest = max((one for one, _ in each), key=len).shape
    spoke = sum(_laid(one, share, finest) for one, share in each).clamp_min(0)
    return (spoke / spoke.max().clamp_min(1e-12)).detach().numpy()


def _spoke(score: Tensor, seen: Tensor) -> Tensor:
    """(rows, columns): for the `score`, or against it; of finer places each says as much as of coarser ones."""
    slope, maps = places(torch.autograd.grad(score, seen, retain_graph=True)[0]), places(seen)
    if slope is None or maps is None:
        raise ValueError(f"There are no places in {tuple(seen.shape)}.")
    if slope.shape[-1] == 3:  # the input: how much the score follows its pixels
        return functional.avg_pool2d(slope.abs().sum(-1)[None], 16)[0]
    return (maps * slope.sum((0, 1))).sum(-1)


def _laid(spoke: Tensor, share: float, size: torch.Size) -> Tensor:
    """On places of the whole picture; what is seen of its middle alone is denser there."""
    grid = functional.affine_grid(torch.eye(2, 3)[None] / share, [1, 1, *size], align_corners=False)
    return functional.grid_sample(spoke[None, None], grid, mode="nearest", align_corners=False)[0, 0] / share**2


def overlaid(pixels: np.ndarray, warmth: np.ndarray) -> np.ndarray:
    """The picture under its heat, (crop, crop, 3) uint8: the cooler, the darker and bluer."""
    size = pixels.shape[1::-1]
    warm = np.asarray(Image.fromarray(warmth.astype(np.float32)).resize(size, Image.Resampling.BICUBIC)).clip(0, 1)
    stops = np.linspace(0, 1, len(SCALE))
    colours = np.stack([np.interp(warm, stops, channel) for channel in SCALE.T], -1)
    return (0.45 * pixels + 0.55 * colours).astype(np.uint8)


def _save(path: Path, pixels: np.ndarray) -> None:
    Image.fromarray(pixels).resize((SHOWN, SHOWN), Image.Resampling.BICUBIC).save(path, "WEBP", quality=85)
