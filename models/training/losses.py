"""What a classification is trained to make small."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

Comparison = Callable[[Tensor, Tensor], Tensor]  # features (batch, width) and labels (batch,) → a scalar
TEMPERATURE = 0.1  # of a softmax over cosines


class Loss(nn.Module):
    """Logits (batch, classes) and labels (batch,) → a scalar.

    Args:
        name: cross_entropy; balanced, where every class weighs the same however few its items are; focal, where
            items that are right already count little (Lin et al. 2017, “Focal Loss for Dense Object Detection”).
        counts: items of each class in the training part; a class without any keeps the weight 1.
        gamma: of the focal loss; with 0 it is cross-entropy.
        contrast: the share of `supervised_contrast` in the loss of training, where features are given too.
    """

    def __init__(
        self, name: str, counts: np.ndarray, *, smoothing: float = 0.0, gamma: float = 2.0, contrast: float = 0.0
    ) -> None:
        super().__init__()
        self.contrast = contrast
        self.compare: Comparison = supervised_contrast  # of several processes each compares with what others have
        self.gamma, self.smoothing = gamma if name == "focal" else 0.0, smoothing
        weight = torch.from_numpy(balanced(counts)).float() if name == "balanced" else None
        self.register_buffer("weight", weight, persistent=False)  # from the data, so no checkpoint needs it

    def forward(self, logits: Tensor, labels: Tensor, features: Tensor | None = None) -> Tensor:
        told = self._of_logits(logits.float(), labels)
        if features is None or not self.contrast or not self.training:
            return told
        return (1 - self.contrast) * told + self.contrast * self.compare(features, labels)

    def weight_of(self, labels: Tensor) -> float:
        """How much the mean of these labels counts beside that of others, in the mean of both."""
        if self.weight is None or self.gamma:
            return float(len(labels))
        return self.weight[labels].sum().item()

    def _of_logits(self, logits: Tensor, labels: Tensor) -> Tensor:
        if not self.gamma:
            return functional.cross_entropy(logits, labels, self.weight, label_smoothing=self.smoothing)
        each = functional.cross_entropy(logits, labels, reduction="none", label_smoothing=self.smoothing)
        right = logits.softmax(1).gather(1, labels[:, None])[:, 0]
        return ((1 - right) ** self.gamma * each).mean()


def supervised_contrast(features: Tensor, labels: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """Small where features (batch, width) of one class point the same way and those of others elsewhere.

    Every item is compared with all others of the batch (Khosla et al. 2020, "Supervised Contrastive Learning"); 0 where
    no class has two in it. As a share of the loss it helps a pretrained network most where examples are few (Gunel et
    al. 2021, "Supervised Contrastive Learning for Pre-trained Language Model Fine-tuning").
    """
    directions = functional.normalize(features.float(), dim=1)
    itself = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    alike = (directions @ directions.T / temperature).masked_fill(itself, -torch.inf)
    told = alike.log_softmax(1).masked_fill(itself, 0.0)
    same = (labels[:, None] == labels[None, :]) & ~itself
    anchors = same.any(1)
    each = -(told * same).sum(1)[anchors] / same.sum(1)[anchors]
    return each.sum() / max(1, len(each))


def balanced(counts: np.ndarray) -> np.ndarray:
    """A weight for each class, inverse to its items, 1 on average over the items."""
    there = counts > 0
    return np.where(there, counts.sum() / (there.sum() * np.maximum(counts, 1)), 1.0)
