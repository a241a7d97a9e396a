"""Tokens → pretrained body → means over the text → head → logits and loss."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from cases.classification.loss import loss_for
from models.heads.head import Head, classified
from models.storage.array_cache import ArrayCache
from models.text import encoder, frozen_blocks
from models.text.tokenizer import Tokeniser

if TYPE_CHECKING:
    from cases.training.context import TrainingContext


WINDOWS_AT_ONCE = 16  # that nothing is learnt from; as many as texts are evaluated together


class TextNetwork(nn.Module):
    """input_ids and attention_mask, both (batch, tokens) → {"loss", "logits" (batch, classes)}.

    With window_weights (batch, windows), see `models.text.windows.shares`, the first two are (windows, tokens): what
    the head reads of a text is the mean of its windows. Learning goes through one window of each text, drawn anew at
    each step and the likelier the more tokens it has, which is right on average and takes no more memory than the start
    alone; the others are only looked at (as Cheng et al. 2022, "Stochastic Backpropagation").

    The table of word vectors stays as it is in every mode: it is most of the parameters, a person's texts touch few of
    its rows, and those of all other words would be left behind. Where the body is not `pretrained` it learns too.

    Where the last blocks alone learn, nothing is dropped at random below them, and a batch may have states and below,
    what `models.text.frozen_blocks` keeps of that.
    """

    def __init__(self, body: nn.Module, head: Head, loss: nn.Module, *, pretrained: bool = True) -> None:
        super().__init__()
        self.body, self.head, self.loss = body, head, loss
        self.learning: int | None = None  # blocks, where not all of them do
        self.enough = (body.config.hidden_size,)  # what a text means, without how it is said
        body.get_input_embeddings().requires_grad_(not pretrained)

    def blocks(self) -> list[list[str]]:
        """The names of the parameters of the body's blocks, from the input on."""
        return encoder.block_names(self.body)

    def loss_weight(self, labels: Tensor) -> float:
        """See `models.training.ranks.shares.weight`."""
        return self.loss.weight_of(labels)

    def freeze_all_but(self, blocks: int) -> None:
        """Only the body's last `blocks` blocks and the head learn."""
        learning = {name for group in self.blocks()[-blocks:] for name in group}
        words = self.body.get_input_embeddings()
        for name, parameter in self.body.named_parameters():
            parameter.requires_grad_(name in learning and parameter is not words.weight)
        self.learning = blocks

    def train(self, mode: bool = True) -> TextNetwork:
        super().train(mode)
        found = encoder.stack(self.body)
        if mode and found and self.learning is not None and self.learning <= len(found[-1]):
            self.body.eval()
            for block in found[-1][-self.learning :]:
                block.train()
        return self

    def features(self, input_ids: Tensor, attention_mask: Tensor, window_weights: Tensor | None = None) -> Tensor:
        """(batch, width)"""
        if window_weights is None:
            return self._embed(input_ids, attention_mask)
        if torch.jit.is_tracing() or torch.compiler.is_exporting():
            return window_weights @ self._embed(input_ids, attention_mask)
        if not torch.is_grad_enabled():
            return window_weights @ self._looked_at(input_ids, attention_mask)
        drawn = torch.multinomial(window_weights, 1)
        others = torch.ones(len(input_ids), dtype=torch.bool, device=input_ids.device)
        others[drawn] = False
        rest = window_weights[:, others] @ self._looked_at(input_ids[others], attention_mask[others])
        learnt = self._embed(input_ids[drawn[:, 0]], attention_mask[drawn[:, 0]])
        return rest + window_weights.gather(1, drawn) * learnt.detach() + (learnt - learnt.detach())

    def _embed(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        return encoder.embed(self.body, {"input_ids": input_ids, "attention_mask": attention_mask})

    def _looked_at(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """(windows, width), a few at once and without what learning would need."""
        parts = zip(input_ids.split(WINDOWS_AT_ONCE), attention_mask.split(WINDOWS_AT_ONCE), strict=True)
        with torch.no_grad():
            seen = [self._embed(*part) for part in parts if len(part[0])]
        return torch.cat(seen) if seen else input_ids.new_zeros((0, encoder.width(self.body)), dtype=torch.float32)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, window_weights: Tensor | None = None,
        labels: Tensor | None = None, states: Tensor | None = None, below: Tensor | None = None,
    ) -> dict[str, Tensor]:  # fmt: skip
        if states is None or below is None or self.learning is None:
            features = self.features(input_ids, attention_mask, window_weights)
        else:
            given = {"input_ids": input_ids, "attention_mask": attention_mask}
            features = frozen_blocks.embed(self.body, self.learning, given, states, below)
        return classified(self.head, features, labels, self.loss)


def assemble(settings: Any, weights: Path, counts: np.ndarray, *, pretrained: bool = True) -> TextNetwork:
    """The network for this many training items of each class."""
    body = encoder.load_body(weights, pretrained=pretrained)
    head = Head(encoder.width(body), len(counts), hidden=settings.hidden, activation=settings.activation,
                dropout=settings.dropout)  # fmt: skip
    return TextNetwork(body, head, loss_for(settings, counts), pretrained=pretrained)


def feature_rows(
    context: TrainingContext, network: TextNetwork, weights: Path, tokeniser: Tokeniser, windows: int = 1
) -> ArrayCache:
    """Where the frozen body's features of all texts are kept, of their start or of so many windows."""
    from cases.training import config  # which reads data sets; the network alone needs none

    look = f"{tokeniser.most}-upper" + (f"-{windows}" if windows > 1 else "")
    width = encoder.width(network.body)
    return config.feature_rows(context.dataset, width, weights, look, context.bf16, context.place.kept)


def frozen_rows(context: TrainingContext, network: TextNetwork, weights: Path, tokeniser: Tokeniser) -> Path:
    """Where it is kept what lies below the blocks that learn, of the start of all texts."""
    features = feature_rows(context, network, weights, tokeniser).path
    return features.with_name(f"{features.stem}-below-{context.settings.blocks}.rows")
