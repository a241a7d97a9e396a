"""The loss that a classifier's settings ask for."""

from __future__ import annotations

from typing import Any

import numpy as np

from cases.classification.hyperparameters import NONE, SUPERVISED, are_few
from cases.settings import AUTOMATIC
from models.training.losses import Loss

CONTRAST = {NONE: 0.0, SUPERVISED: 0.5}  # its share in the loss of training


def contrastive_for(settings: Any, counts: np.ndarray) -> str:
    """What the setting comes to with so many training items of each class: `NONE` or `SUPERVISED`."""
    asked = vars(settings).get("contrastive", NONE)
    if settings.mode == "head":  # what it sees does not move
        return NONE
    if asked == AUTOMATIC:
        return SUPERVISED if are_few(int(counts.sum()), len(counts)) else NONE
    return str(asked)


def loss_for(settings: Any, counts: np.ndarray) -> Loss:
    """The module that computes it, for so many training items of each class."""
    return Loss(settings.loss, counts, smoothing=settings.label_smoothing, gamma=settings.focal_gamma,
                contrast=CONTRAST[contrastive_for(settings, counts)])  # fmt: skip
