"""What a classification is trained to make small."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional


class Loss(nn.Module):
    """Logits (batch, classes) and labels (batch,) → a scalar.

    Args:
        name: cross_entropy; balanced, where every class weighs the same however few its items are; focal, where
            items that are right already count little (Lin et al. 2017, “Focal Loss for Dense Object Detection”).
        counts: items of each class in the training part; a class without any keeps the weight 1.
        gamma: of the focal loss; with 0 it is cross-entropy.
    """

    def __init__(self, name: str, counts: np.ndarray, *, smoothing: float = 0.0, gamma: float = 2.0) -> None:
        super().__init__()
        self.gamma, self.smoothing = gamma if name == "focal" else 0.0, smoothing
        weight = torch.from_numpy(balanced(counts)).float() if name == "balanced" else None
        self.register_buffer("weight", weight, persistent=False)  # from the data, so no checkpoint needs it

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        logits = logits.float()
        if not self.gamma:
            return functional.cross_entropy(logits, labels, self.weight, label_smoothing=self.smoothing)
        each = functional.cross_entropy(logits, labels, reduction="none", label_smoothing=self.smoothing)
        right = logits.softmax(1).gather(1, labels[:, None])[:, 0]
        return ((1 - right) ** self.gamma * each).mean()


def balanced(counts: np.ndarray) -> np.ndarray:
    """A weight for each class, inverse to its items, 1 on average over the items."""
    there = counts > 0
    return np.where(there, counts.sum() / (there.sum() * np.maximum(counts, 1)), 1.0)
