"""What the Audio Spectrogram Transformer makes of a sound."""

from __future__ import annotations

import json
import re
from pathlib import Path

import torch
from torch import Tensor, nn

MARKS = 2  # tokens before those of the sound: class and distillation
MEAN, DEVIATION = -4.2677393, 4.5689974  # of AudioSet, what transformers assumes where a model states none


class AstEncoder(nn.Module):
    """frames (batch, frames, bands) and lengths (batch,) → (batch, width): the mean over the patches of the sound.

    A sound is heard window by window, each filled up as the network was pretrained; patches that begin after the sound
    do not count.
    """

    def __init__(self, network: nn.Module, mean: float, deviation: float) -> None:
        super().__init__()
        self.network, self.width = network, network.config.hidden_size
        self.mean, self.deviation = mean, deviation

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        config = self.network.config
        window, bands = config.max_length, config.num_mel_bins
        count = (frames.shape[1] + window - 1) // window
        filled = torch.cat([frames, frames.new_zeros(frames.shape[0], window, bands)], 1)[:, : count * window]
        given = (filled.reshape(-1, window, bands) - self.mean) / (2 * self.deviation)
        states = self.network(given).last_hidden_state[:, MARKS:].float()
        inside = self._inside(count, lengths, frames.device)  # (batch, windows, patches in time)
        patches = states.reshape(frames.shape[0], -1, self._rows(), inside.shape[2], self.width)
        weights = inside[:, :, None, :, None].float()
        return (patches * weights).sum((1, 2, 3)) / (weights.sum((1, 2, 3)) * self._rows())

    def _rows(self) -> int:
        config = self.network.config
        return (config.num_mel_bins - config.patch_size) // config.frequency_stride + 1

    def _inside(self, count: int, lengths: Tensor, device: torch.device) -> Tensor:
        config = self.network.config
        begins = torch.arange(0, config.max_length - config.patch_size + 1, config.time_stride, device=device)
        windows = torch.arange(count, device=device) * config.max_length
        return windows[:, None] + begins < lengths[:, None, None]

    def save(self, folder: Path) -> None:
        self.network.save_pretrained(folder)

    def blocks(self) -> list[list[str]]:
        """The names of each block's parameters, from the sound on: the patches, then layer by layer."""
        blocks: list[list[str]] = [[] for _ in range(1 + len(self.network.layers))]
        for name, _ in self.named_parameters():
            layer = re.match(r"network\.layers\.(\d+)\.", name)
            number = 1 + int(layer[1]) if layer else -1 if name.startswith("network.layernorm.") else 0
            blocks[number].append(name)
        return blocks


def load(folder: Path) -> AstEncoder:
    """The network in 32 bits, with the mean and deviation that its feature extractor takes off.

    Raises:
        ValueError: the folder lacks some of its weights.
    """
    from transformers import ASTModel

    network, told = ASTModel.from_pretrained(
        folder, dtype=torch.float32, use_safetensors=True, attn_implementation="sdpa", output_loading_info=True
    )
    if told["missing_keys"]:  # as `wav2vec2` has it: each of these files leaves with a model alone
        raise ValueError(f"it lacks {', '.join(sorted(told['missing_keys'])[:3])}")
    file = folder / "preprocessor_config.json"
    stated = json.loads(file.read_text("utf-8")) if file.exists() else {}
    plain = not stated.get("do_normalize", True)
    mean, deviation = (0.0, 0.5) if plain else (stated.get("mean", MEAN), stated.get("std", DEVIATION))
    return AstEncoder(network, mean, deviation)
