"""What a network answers all over a plane, where items are told by two numbers and have one of two classes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from models.lessons.data import ArmData
from models.lessons.epoch import FULL, Plane

SIDE = 28  # places of the grid in each direction
POINTS = 200  # at most
MARGIN = 0.04  # of the width, beside the outermost point
LEAST = 0.1  # width of a plane in which all points lie at one place


@torch.no_grad()
def of(network: Callable[[Tensor], Tensor], data: ArmData) -> Plane:
    """As `network` stands now.

    Args:
        network: (places, 2) → logits (places, 2), without dropout.
        data: of its held-out items at most `POINTS` are shown, evenly spread over them.
    """
    shown = np.unique(np.linspace(0, len(data.held) - 1, POINTS).astype(int))
    places = np.asarray(data.held, np.float32)[shown]
    x, y = (_range(column) for column in places.T)
    grid = np.stack(np.meshgrid(np.linspace(*x, SIDE), np.linspace(*y, SIDE)), axis=-1).reshape(-1, 2)
    chances = network(torch.from_numpy(grid.astype(np.float32))).softmax(1)[:, 0].numpy()
    predicted = network(torch.from_numpy(places)).argmax(1).tolist()
    across, up = (column.astype(float).round(2).tolist() for column in places.T)
    points = [*zip(across, up, data.held_labels[shown].tolist(), predicted, strict=True)]
    return Plane(x, y, np.round(FULL * chances).astype(int).tolist(), points)


def _range(column: np.ndarray) -> tuple[float, float]:
    low, high = float(column.min()), float(column.max())
    margin = max(MARGIN * (high - low), LEAST / 2)
    return round(low - margin, 2), round(high + margin, 2)
