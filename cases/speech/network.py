"""Frames → pretrained body → a vector for the sound → head → logits and loss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn

from cases.classification.loss import loss_for
from cases.speech.audio import encoders, extractors, features
from cases.speech.audio.augment import AudioAugment
from models.heads.head import Head, classified

LOOK = f"{features.LONGEST}-middle"  # names the features that are kept: another way of making them needs another
DISTURBED = {  # the setting “augmentation” → what it does
    "all": ("noise", "shift", "masks"), "noise_shift": ("noise", "shift"), "masks": ("masks",), "none": (),
}  # fmt: skip


class SoundNetwork(nn.Module):
    """frames (batch, frames, bands) and lengths (batch,) → {"loss", "logits" (batch, classes)}."""

    def __init__(self, body: encoders.Encoder, head: Head, loss: nn.Module, disturb: AudioAugment) -> None:
        super().__init__()
        self.body, self.head, self.loss, self.disturb = body, head, loss, disturb
        self.enough = ()  # all features are wanted
        self.fixed = {name for name, parameter in body.named_parameters() if not parameter.requires_grad}

    def blocks(self) -> list[list[str]]:
        """The names of the parameters of the body's blocks, from the input on."""
        return self.body.blocks()

    def loss_weight(self, labels: Tensor) -> float:
        """See `models.training.ranks.shares.weight`."""
        return self.loss.weight_of(labels)

    def freeze_all_but(self, blocks: int) -> None:
        """Only the body's last `blocks` blocks and the head learn."""
        learning = {name for group in self.blocks()[-blocks:] for name in group} - self.fixed
        for name, parameter in self.body.named_parameters():
            parameter.requires_grad_(name in learning)

    def features(self, frames: Tensor, lengths: Tensor) -> Tensor:
        """(batch, width)"""
        return self.body(frames, lengths)

    def forward(self, frames: Tensor, lengths: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        heard = self.disturb(frames, lengths) if self.training else frames
        return classified(self.head, self.features(heard, lengths), labels, self.loss)


def assemble(settings: Any, weights: Path, counts: np.ndarray) -> SoundNetwork:
    """The network for this many training items of each class."""
    body = encoders.load_body(weights)
    head = Head(body.width, len(counts), hidden=settings.hidden, activation=settings.activation,
                dropout=settings.dropout)  # fmt: skip
    extractor = extractors.load(weights)
    chosen = {name: name in DISTURBED[settings.augmentation] for name in ("noise", "shift", "masks")}
    disturb = AudioAugment(scale=extractor.scale, tail=extractor.tail, **chosen)
    return SoundNetwork(body, head, loss_for(settings, counts), disturb)
