"""One arm of a lesson: a head on kept features, trained by settings that any training of the case could have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from cases.training import config
from models.lessons import trace
from models.lessons.data import ArmData
from models.lessons.epoch import Epoch
from models.lessons.network import DeepHead
from models.training.losses import CONTRAST, Loss


def train(settings: Any, data: ArmData, *, layers: int, seed: int) -> Iterator[Epoch]:
    """Train it from its start, which is the same for the same seed and size; yields as `models.lessons.trace.train`.

    Args:
        settings: of a classifier, whose mode is a head alone.
        layers: hidden layers, where the settings ask for units in one.
    """
    torch.manual_seed(seed)
    network = DeepHead(data.train.shape[1], data.classes, hidden=settings.hidden, layers=layers,
                       activation=settings.activation, dropout=settings.dropout)  # fmt: skip
    counts = np.bincount(data.train_labels, minlength=data.classes)
    loss = Loss(settings.loss, counts, smoothing=settings.label_smoothing, gamma=settings.focal_gamma,
                contrast=CONTRAST[settings.contrastive])  # fmt: skip
    plan = config.plan(settings, bf16=False, items=len(data.train))
    yield from trace.train(network, loss, data, plan, order=seed)
