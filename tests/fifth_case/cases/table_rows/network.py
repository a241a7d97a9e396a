"""Cells → standardised → hidden layer → logits and loss. Nothing of it is pretrained."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from models.heads.head import Head, with_loss
from models.training.losses import Loss


class Standardise(nn.Module):
    """(rows, width) each column with mean 0 and deviation 1, and 0 where a cell is missing."""

    def __init__(self, cells: np.ndarray) -> None:
        """`cells`: (rows, width) those of the training part."""
        super().__init__()
        self.register_buffer("mean", torch.from_numpy(cells.mean(0)))
        self.register_buffer("std", torch.from_numpy(np.maximum(cells.std(0), 1e-6)))

    def forward(self, cells: Tensor) -> Tensor:
        return torch.where(torch.isnan(cells), 0.0, (cells - self.mean) / self.std)


class RowNetwork(nn.Module):
    """cells (batch, width) → {"loss", "logits" (batch, classes)}."""

    def __init__(self, body: Standardise, head: Head, loss: nn.Module) -> None:
        super().__init__()
        self.body, self.head, self.loss = body, head, loss
        self.enough = ()  # all columns are wanted

    def forward(self, cells: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        return with_loss(self.head(self.body(cells)), labels, self.loss)


def assemble(settings: Any, cells: np.ndarray, counts: np.ndarray) -> RowNetwork:
    """The network for the `cells` (rows, width) of the training part, of which `counts` tells the classes."""
    head = Head(cells.shape[1], len(counts), hidden=settings.hidden, activation=settings.activation, dropout=0.0)
    return RowNetwork(Standardise(cells), head, Loss(settings.loss, counts))
