"""A whole Whisper that learns to write what it hears: one step of teacher forcing, and its sounds in batches."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from cases.speech.audio.features import WhisperFeatures, padded
from cases.speech.transcription.whisper_onnx import encoded
from models.storage.ragged_array import RaggedArray

NOTHING = -100  # in the place of a token: the text is over


class WhisperSeq2Seq(nn.Module):
    """frames (texts, frames, bands), lengths (texts,) and the tokens to write, labels (texts, longest) → {"loss", …}.

    The mean cross-entropy of a token, given the sound and the true tokens before it. Sounds are heard with the silence
    that their lengths count, as long as the longest of the batch. "logits" is the loss of each text alone: the scores
    of all tokens would fill the memory. The table of tokens stays as it is: it is half of a small Whisper, and few
    texts show little of it.
    """

    def __init__(self, body: nn.Module, prefix: Sequence[int], disturb: nn.Module, smoothing: float = 0.0) -> None:
        super().__init__()
        self.body, self.disturb, self.smoothing = body, disturb, smoothing
        self.prefix = torch.tensor(prefix)
        body.decoder.embed_tokens.requires_grad_(False)
        self.fixed = {name for name, parameter in body.named_parameters() if not parameter.requires_grad}

    def forward(self, frames: Tensor, lengths: Tensor, labels: Tensor) -> dict[str, Tensor]:
        heard = self.disturb(frames, lengths) if self.training else frames
        states = encoded(self.body.encoder, _filled(heard, lengths, self.body.config.max_source_positions))
        prefix = self.prefix.to(labels.device).expand(len(labels), -1)
        before = torch.cat([prefix, labels[:, :-1].clamp_min(0)], 1)  # what fills up is read after the end only
        decoded = self.body.decoder(input_ids=before, encoder_hidden_states=states, use_cache=False)
        written = decoded.last_hidden_state[:, len(self.prefix) - 1 :]
        scores = functional.linear(written, self.body.decoder.embed_tokens.weight).float()
        each = functional.cross_entropy(scores.transpose(1, 2), labels, ignore_index=NOTHING, reduction="none",
                                        label_smoothing=self.smoothing)  # fmt: skip
        there = labels != NOTHING
        return {"loss": each.sum() / there.sum(), "logits": each.detach().sum(1) / there.sum(1)}

    def loss_weight(self, labels: Tensor) -> float:
        """See `models.training.ranks.shares.weight`: the tokens."""
        return float((labels != NOTHING).sum())

    def freeze_all_but(self, blocks: int) -> None:
        """Only the last `blocks` layers that write learn."""
        learning = {name for group in self.blocks()[-blocks:] for name in group} - self.fixed
        for name, parameter in self.body.named_parameters():
            parameter.requires_grad_(name in learning)

    def blocks(self) -> list[list[str]]:
        """The names of each block's parameters: the convolutions, the layers that hear, then those that write."""
        extractor, hands = len(self.body.encoder.layers), len(self.body.decoder.layers)
        blocks: list[list[str]] = [[] for _ in range(1 + extractor + hands)]
        for name, _ in self.body.named_parameters():
            side, _, rest = name.partition(".")
            layer = re.match(r"layers\.(\d+)\.", rest)
            first = 1 if side == "encoder" else 1 + extractor
            last = first + (extractor if side == "encoder" else hands) - 1
            number = first + int(layer[1]) if layer else last if "layer_norm." in name else 0
            blocks[number].append(name)
        return blocks


def _filled(frames: Tensor, lengths: Tensor, most: int) -> Tensor:
    """Silence up to the longest, as loud as each sound's own; an even number of frames."""
    count = 2 * min((frames.shape[1] - 2) // 2, most)
    inside = (torch.arange(frames.shape[1], device=frames.device) < lengths[:, None])[:, :, None]
    floor = frames.masked_fill(~inside, torch.inf).amin((1, 2), keepdim=True)
    return torch.where(inside, frames, floor)[:, :count]


class SpokenTexts(torch.utils.data.Dataset):
    """Rows `rows` of sounds, with the tokens of what is said in each; `lengths` are those of the sounds."""

    def __init__(
        self, extractor: WhisperFeatures, waves: RaggedArray, tokens: Sequence[Sequence[int]], rows: np.ndarray
    ) -> None:
        self.extractor, self.waves, self.tokens, self.rows = extractor, waves, tokens, rows
        self.lengths = waves.lengths[rows]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitems__(self, picks: list[int]) -> dict[str, Tensor]:
        rows = self.rows[picks]
        batch = padded([self.extractor.frames(self.waves[row]) for row in rows])
        texts = [torch.tensor(self.tokens[row]) for row in rows]
        labels = nn.utils.rnn.pad_sequence(texts, batch_first=True, padding_value=NOTHING)
        return {**{name: torch.from_numpy(array) for name, array in batch.items()}, "labels": labels}
