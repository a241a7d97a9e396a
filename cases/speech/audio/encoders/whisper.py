"""What Whisper's encoder makes of a sound, without the silence that fills its window of 30 seconds."""

from __future__ import annotations

import re
from pathlib import Path

import torch
from torch import Tensor, nn

AHEAD = 2  # frames after those of the positions


class WhisperAudioEncoder(nn.Module):
    """frames (batch, frames, bands) and lengths (batch,) → (batch, width): mean and maximum over the positions, and the
    mean of the middle layer, which still knows the voice that the last one was trained to forget.

    No position is computed beyond the longest sound of a batch, and none looks beyond its own sound, so that a vector
    does not depend on what else is in the batch.
    """

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder, self.width = encoder, 3 * encoder.config.d_model
        encoder.embed_positions.requires_grad_(False)

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        inside = self._inside(frames, lengths)
        middle, last = (states.float() for states in self.states(frames, inside))
        greatest = last.masked_fill(~inside[:, :, None], -torch.inf).amax(1)
        return torch.cat([_mean(last, inside), greatest, _mean(middle, inside)], 1)

    def _inside(self, frames: Tensor, lengths: Tensor) -> Tensor:
        """(batch, positions): whether the sound reaches there."""
        longest = (frames.shape[1] - AHEAD) // 2
        return torch.arange(longest, device=frames.device) < (lengths[:, None] - AHEAD) // 2

    def states(self, frames: Tensor, inside: Tensor) -> tuple[Tensor, Tensor]:
        """Of the middle layer and of the last, each (batch, positions, a third of the width)"""
        encoder, gelu = self.encoder, nn.functional.gelu
        frames = frames[:, : 2 * encoder.config.max_source_positions]  # nothing is ahead of the whole window
        heard = gelu(encoder.conv2(gelu(encoder.conv1(frames.transpose(1, 2))))).transpose(1, 2)
        states = heard[:, : inside.shape[1]] + encoder.embed_positions.weight[: inside.shape[1]]
        half = len(encoder.layers) // 2
        for layer in encoder.layers[:half]:
            states = layer(states, inside[:, None, None, :])
        middle = states
        for layer in encoder.layers[half:]:
            states = layer(states, inside[:, None, None, :])
        return middle, encoder.layer_norm(states)

    def save(self, folder: Path) -> None:
        """Without the decoder, by the names of transformers' `WhisperEncoder`."""
        self.encoder.save_pretrained(folder)

    def blocks(self) -> list[list[str]]:
        """The names of each block's parameters, from the sound on: the convolutions, then layer by layer."""
        blocks: list[list[str]] = [[] for _ in range(1 + len(self.encoder.layers))]
        for name, _ in self.named_parameters():
            layer = re.match(r"encoder\.layers\.(\d+)\.", name)
            number = 1 + int(layer[1]) if layer else -1 if name.startswith("encoder.layer_norm.") else 0
            blocks[number].append(name)
        return blocks


def _mean(states: Tensor, inside: Tensor) -> Tensor:
    return states.masked_fill(~inside[:, :, None], 0).sum(1) / inside.sum(1, keepdim=True)


def load(folder: Path) -> WhisperAudioEncoder:
    """The encoder of the Whisper in `folder`, or what `WhisperAudioEncoder.save` left there."""
    from transformers import WhisperConfig, WhisperModel
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    how = {"dtype": torch.float32, "use_safetensors": True, "attn_implementation": "sdpa"}
    if "WhisperEncoder" in (WhisperConfig.from_pretrained(folder).architectures or ()):
        return WhisperAudioEncoder(WhisperEncoder.from_pretrained(folder, **how))
    return WhisperAudioEncoder(WhisperModel.from_pretrained(folder, **how).get_encoder())
