"""Pixels → normalised crop → pretrained body → head → logits and loss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cases.classification.loss import loss_for
from cases.image_recognition.augment import Augment
from cases.image_recognition.backbones import block_names, load_body
from cases.image_recognition.settings import Settings
from models.heads.head import Head, classified
from models.training.batchnorm_folding import fold


class PictureNetwork(nn.Module):
    """uint8 pixels (batch, size, size, 3) → {"loss", "logits" (batch, classes)}.

    `pretrained`: the statistics of its normalisations are kept as they came, and folded; else they are learnt too.
    """

    def __init__(
        self, body: nn.Module, head: Head, preprocessing: dict, *, augmentation: str, loss: nn.Module,
        pretrained: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.body, self.head, self.loss = body, head, loss
        self.enough = ()  # all features are wanted
        self.crop = preprocessing["crop"]
        varied = Augment(self.crop, flip=augmentation == "crop_flip") if augmentation != "none" else None
        self.augment = varied or self.middle
        self.augmentation = varied.name if varied else ""  # features of views are kept under it
        self.register_buffer("pixel_mean", torch.tensor(preprocessing["mean"])[:, None, None] * 255, persistent=False)
        self.register_buffer("pixel_std", torch.tensor(preprocessing["std"])[:, None, None] * 255, persistent=False)
        norms = [m for m in body.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
        self.statistics = norms if pretrained else []
        if pretrained:
            noise = torch.rand(1, 3, self.crop, self.crop, generator=torch.Generator().manual_seed(0))
            fold(body, noise)  # sound because `train` keeps the statistics frozen

    def blocks(self) -> list[list[str]]:
        """The names of the parameters of the body's blocks, from the input on."""
        return block_names(self.body)

    def loss_weight(self, labels: Tensor) -> float:
        """See `models.training.ranks.shares.weight`."""
        return self.loss.weight_of(labels)

    def freeze_all_but(self, blocks: int) -> None:
        """Only the body's last `blocks` blocks and the head learn."""
        learning = {name for group in self.blocks()[-blocks:] for name in group}
        for name, parameter in self.body.named_parameters():
            parameter.requires_grad_(name in learning)

    def train(self, mode: bool = True) -> PictureNetwork:
        super().train(mode)
        for module in self.statistics:
            module.eval()  # a person's few batches would move the pretrained statistics further than the weights
        return self

    def features(self, pixels: Tensor) -> Tensor:
        """(batch, width) of the middle crop."""
        return self.features_of(self.middle(pixels.permute(0, 3, 1, 2)))

    def features_of(self, pictures: Tensor) -> Tensor:
        """(batch, 3, crop, crop), in bytes or between them → (batch, width)"""
        return self.body(self._normalise(pictures))

    def forward(self, pixels: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        pictures = pixels.permute(0, 3, 1, 2)  # a view whose memory has channels last
        pictures = self.augment(pictures) if self.training else self.middle(pictures)
        return classified(self.head, self.features_of(pictures), labels, self.loss)

    def middle(self, pictures: Tensor) -> Tensor:
        start = (pictures.shape[-1] - self.crop) // 2
        return pictures[..., start : start + self.crop, start : start + self.crop]

    def _normalise(self, pictures: Tensor) -> Tensor:
        x = (pictures.float() - self.pixel_mean) / self.pixel_std
        return x.contiguous(memory_format=torch.channels_last)  # convolutions are twice as fast so on a CPU


def assemble(
    settings: Settings, weights: Path, counts: np.ndarray, *, pretrained: bool = True, side: int = 0
) -> tuple[PictureNetwork, dict[str, Any]]:
    """The network for this many training items of each class, and how it wants its pictures.

    Args:
        side: pixels of the picture that the body sees, in place of those that it wants; 0 for these.
    """
    body, preprocessing = load_body(weights, pretrained=pretrained)
    if side:
        preprocessing |= {"size": round(side * preprocessing["size"] / preprocessing["crop"]), "crop": side}
    head = Head(body.head_hidden_size, len(counts), hidden=settings.hidden, activation=settings.activation,
                dropout=settings.dropout)  # fmt: skip
    network = PictureNetwork(body, head, preprocessing, augmentation=settings.augmentation,
                             loss=loss_for(settings, counts), pretrained=pretrained)  # fmt: skip
    return network, preprocessing
