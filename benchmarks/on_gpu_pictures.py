"""Pictures for `benchmarks.on_gpu`: a disc of its class's colour on grey, under noise; 224 pixels are seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
from torch import nn
from torchvision.transforms import v2

from benchmarks.on_gpu_material import CLASSES, Material, Stock, accuracy, divided, found, labels, past_readers
from benchmarks.on_gpu_stock import Classifier
from models.heads.head import Head
from models.training.batches import Batches
from models.training.losses import Loss

KNOWN = ("timm/vit_small_patch16_224.augreg_in21k_ft_in1k", "efficientnet_lite0")
ARCHITECTURES = {"": "vit_small_patch16_224", "ViT-B": "vit_base_patch16_224"}
TINY = ("resnet10t", 64)


def prepare(folder: Path, cache: Path, tiny: bool, size: str = "") -> Material:
    past_readers()
    from cases.image_recognition.network import PictureNetwork, load_body

    weights = None if size else found(cache, *KNOWN)
    architecture, side = TINY if tiny else (ARCHITECTURES[size], 224)

    def body() -> tuple[nn.Module, dict[str, Any]]:
        if weights:
            return load_body(weights[0])
        made = timm.create_model(architecture, num_classes=0)
        return made, {"crop": side, "mean": [0.5] * 3, "std": [0.25] * 3}

    def build() -> nn.Module:
        pretrained, preprocessing = body()
        head = Head(pretrained.head_hidden_size, CLASSES, hidden=0, activation="relu", dropout=0.1)
        loss = Loss("cross_entropy", np.ones(CLASSES))
        return PictureNetwork(pretrained, head, preprocessing, augmentation="crop_flip", loss=loss)

    items, batch = (32, 8) if tiny else (2048, 64)
    pixels, known = _drawn(items, body()[1]["crop"] * 8 // 7), labels(items)

    def of(rows: np.ndarray) -> Batches:
        return Batches("pixels", pixels, known, rows)

    learnt, held = divided(items)

    def stock() -> Stock:
        pretrained, preprocessing = body()
        return Stock(Classifier(pretrained, pretrained.num_features), pretrained,
                     Augmented(pixels, known, learnt, preprocessing), torch.utils.data.default_collate)  # fmt: skip

    name = weights[1] if weights else f"random {architecture}"
    return Material(name, build, of(learnt), of(held), batch, stock, of, accuracy)


def _drawn(items: int, size: int) -> np.ndarray:
    """uint8 (items, size, size, 3)"""
    random = np.random.default_rng(0)
    colours = random.integers(40, 216, (CLASSES, 3))
    pixels = random.integers(60, 196, (items, size, size, 3), np.uint8)
    inner = slice(size // 4, 3 * size // 4)
    coloured = (colours[labels(items)] // 2)[:, None, None].astype(np.uint8)
    pixels[:, inner, inner] = pixels[:, inner, inner] // 2 + coloured
    return pixels


class Augmented(torch.utils.data.Dataset):
    """As the examples of torchvision and timm give them, one by one: cut at random, mirrored, normalised. The pixels
    are in memory on both sides, so that decoding is compared on neither."""

    def __init__(self, pixels: np.ndarray, known: np.ndarray, rows: np.ndarray, preprocessing: dict[str, Any]) -> None:
        self.pixels, self.known, self.rows = pixels, known, rows
        self.transform = v2.Compose([
            v2.ToImage(), v2.RandomResizedCrop(preprocessing["crop"], scale=(0.5, 1.0), antialias=True),
            v2.RandomHorizontalFlip(), v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(preprocessing["mean"], preprocessing["std"]),
        ])  # fmt: skip

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, row: int) -> dict[str, Any]:
        at = self.rows[row]
        return {"x": self.transform(self.pixels[at]), "labels": int(self.known[at])}
