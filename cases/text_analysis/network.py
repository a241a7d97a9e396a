"""Tokens → pretrained body → means over the text → head → logits and loss."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor, nn

from models.heads.head import Head, classified
from models.storage.array_cache import ArrayCache
from models.text import encoder
from models.text.tokenizer import Tokeniser
from models.training.losses import CONTRAST, Loss

if TYPE_CHECKING:
    from cases.training.context import TrainingContext


class TextNetwork(nn.Module):
    """input_ids and attention_mask, both (batch, tokens) → {"loss", "logits" (batch, classes)}.

    The table of word vectors stays as it is in every mode: it is most of the parameters, a person's texts touch few of
    its rows, and those of all other words would be left behind.
    """

    def __init__(self, body: nn.Module, head: Head, loss: nn.Module) -> None:
        super().__init__()
        self.body, self.head, self.loss = body, head, loss
        self.enough = (body.config.hidden_size,)  # what a text means, without how it is said
        body.get_input_embeddings().requires_grad_(False)

    def blocks(self) -> list[list[str]]:
        """The names of the parameters of the body's blocks, from the input on."""
        return encoder.block_names(self.body)

    def freeze_all_but(self, blocks: int) -> None:
        """Only the body's last `blocks` blocks and the head learn."""
        learning = {name for group in self.blocks()[-blocks:] for name in group}
        words = self.body.get_input_embeddings()
        for name, parameter in self.body.named_parameters():
            parameter.requires_grad_(name in learning and parameter is not words.weight)

    def features(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """(batch, width)"""
        return encoder.embed(self.body, {"input_ids": input_ids, "attention_mask": attention_mask})

    def forward(self, input_ids: Tensor, attention_mask: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        return classified(self.head, self.features(input_ids, attention_mask), labels, self.loss)


def assemble(settings: Any, weights: Path, counts: np.ndarray) -> TextNetwork:
    """The network for this many training items of each class."""
    body = encoder.load_body(weights)
    head = Head(encoder.width(body), len(counts), hidden=settings.hidden, activation=settings.activation,
                dropout=settings.dropout)  # fmt: skip
    loss = Loss(settings.loss, counts, smoothing=settings.label_smoothing, gamma=settings.focal_gamma,
                contrast=CONTRAST[settings.contrastive])  # fmt: skip
    return TextNetwork(body, head, loss)


def feature_rows(context: TrainingContext, network: TextNetwork, weights: Path, tokeniser: Tokeniser) -> ArrayCache:
    """Where the frozen body's features of all texts are kept."""
    from cases.training import config  # which reads data sets; the network alone needs none

    width, look = encoder.width(network.body), f"{tokeniser.most}-upper"
    return config.feature_rows(context.dataset, width, weights, look, context.bf16, context.place.kept)
