"""What a person's settings mean for the network and for its training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from cases.dataset import Dataset
from cases.image_recognition.network import PictureNetwork, load_body
from cases.image_recognition.settings import Settings
from models import catalog, device, lora, training
from models.head import Head
from models.losses import Loss
from models.rows import Rows


def numbered(dataset: Dataset) -> np.ndarray:
    """(samples,) the number of each sample's class; -1 only among those left out."""
    numbers = {name: number for number, name in enumerate(dataset.classes)}
    return dataset.samples["label"].map(numbers).fillna(-1).to_numpy(np.int64)


def assemble(settings: Settings, weights: Path, counts: np.ndarray) -> tuple[PictureNetwork, dict[str, Any]]:
    """The network for this many training items of each class, and how it wants its pictures."""
    body, preprocessing = load_body(weights)
    head = Head(body.head_hidden_size, len(counts), hidden=settings.hidden, activation=settings.activation,
                dropout=settings.dropout)  # fmt: skip
    loss = Loss(settings.loss, counts, smoothing=settings.label_smoothing, gamma=settings.focus)
    return PictureNetwork(body, head, preprocessing, augmentation=settings.augmentation, loss=loss), preprocessing


def feature_rows(dataset: Dataset, network: PictureNetwork, weights: Path, size: int, bf16: bool, cache: Path) -> Rows:
    """Where the frozen body's features of all samples are kept, for this data, these weights and this precision."""
    name = f"{catalog.digest(weights)[:16]}-{size}-{'bf16' if bf16 else 'fp32'}.rows"
    path = cache / "features" / dataset.digest / name
    return Rows(path, len(dataset.samples), (network.body.head_hidden_size,), "float32")


def plan(settings: Settings, *, bf16: bool) -> training.Plan:
    automatic = settings.automatic(vars(settings))
    return training.Plan(
        epochs=settings.epochs or automatic["epochs"],
        learning_rate=settings.learning_rate or automatic["learning_rate"],
        batch_size=settings.batch_size,
        optimizer=settings.optimizer,
        schedule=settings.schedule,
        warmup=0.0 if settings.mode == "head" else 0.1,
        weight_decay=settings.weight_decay,
        patience=settings.patience,
        seed=settings.seed,
        bf16=bf16,
    )


def trains_in_bf16(settings: Settings, where: torch.device) -> bool:
    """On a CPU backward passes of depthwise convolutions are slower in 16 bits, so there only when asked for."""
    return device.use_bf16(settings.precision, where) and (where.type == "cuda" or settings.precision == "bf16")


def open_up(network: PictureNetwork, settings: Settings) -> None:
    """Let that part of the body learn which the person chose; `close` undoes it."""
    if settings.mode == "last_blocks":
        network.freeze_all_but(settings.blocks)
    if settings.mode == "lora":
        torch.manual_seed(settings.seed)  # so that adapters begin alike however much was drawn before
        lora.adapt(network.body, rank=settings.rank, alpha=settings.alpha, dropout=settings.lora_dropout)


def close(network: PictureNetwork, settings: Settings) -> None:
    """What was learnt goes into the plain weights."""
    if settings.mode == "lora":
        lora.merge(network.body)
