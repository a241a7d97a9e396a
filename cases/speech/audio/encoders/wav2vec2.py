"""What wav2vec 2.0 and HuBERT make of a sound."""

from __future__ import annotations

import re
from pathlib import Path

import torch
from torch import Tensor, nn


class WaveformEncoder(nn.Module):
    """frames (batch, samples, 1) and lengths (batch,) → (batch, width): the mean over the positions of 20 ms.

    No position looks beyond its own sound, so that a vector does not depend on what else is in the batch. The
    convolutions that make positions of samples learn in no mode, as their makers fine-tune them.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network, self.width = network, network.config.hidden_size
        network.feature_extractor.requires_grad_(False)

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        network = self.network
        heard, inside = self._positions(frames[:, :, 0], lengths)
        states = network.feature_projection(heard.transpose(1, 2))
        states = states[0] if isinstance(states, tuple) else states
        states = self._encoded(states, inside).float()
        return states.masked_fill(~inside[:, :, None], 0).sum(1) / inside.sum(1, keepdim=True)

    def _positions(self, waves: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, channels, positions), and which of them are of the sound (batch, positions)"""
        heard = waves[:, None]
        for layer in self.network.feature_extractor.conv_layers:
            lengths = (lengths - layer.conv.kernel_size[0]) // layer.conv.stride[0] + 1
            over_time = isinstance(getattr(layer, "layer_norm", None), nn.GroupNorm)
            heard = _normalised(layer, heard, lengths) if over_time else layer(heard)
        return heard, _inside(heard, lengths)

    def _encoded(self, states: Tensor, inside: Tensor) -> Tensor:
        """(batch, positions, width), as the network's own encoder does it."""
        encoder, late = self.network.encoder, self.network.config.do_stable_layer_norm
        states = states.masked_fill(~inside[:, :, None], 0)
        states = states + encoder.pos_conv_embed(states)
        states = encoder.dropout(states if late else encoder.layer_norm(states))
        for layer in encoder.layers:
            states = layer(states, attention_mask=inside[:, None, None, :])
        return encoder.layer_norm(states) if late else states

    def save(self, folder: Path) -> None:
        self.network.save_pretrained(folder)

    def blocks(self) -> list[list[str]]:
        """The names of each block's parameters, from the sound on: what makes positions, then layer by layer."""
        blocks: list[list[str]] = [[] for _ in range(1 + len(self.network.encoder.layers))]
        last = -1 if self.network.config.do_stable_layer_norm else 0
        for name, _ in self.named_parameters():
            layer = re.match(r"network\.encoder\.layers\.(\d+)\.", name)
            number = 1 + int(layer[1]) if layer else last if name.startswith("network.encoder.layer_norm.") else 0
            blocks[number].append(name)
        return blocks


def _normalised(layer: nn.Module, heard: Tensor, lengths: Tensor) -> Tensor:
    """What the layer makes of it, its mean and deviation over time being those of the sound alone."""
    heard, norm = layer.conv(heard), layer.layer_norm
    inside, count = _inside(heard, lengths)[:, None], lengths[:, None, None]
    centred = heard - (heard * inside).sum(2, keepdim=True) / count
    variance = (centred.square() * inside).sum(2, keepdim=True) / count
    scaled = centred * (variance + norm.eps).rsqrt() * norm.weight[:, None] + norm.bias[:, None]
    return layer.activation(scaled)


def _inside(heard: Tensor, lengths: Tensor) -> Tensor:
    """(batch, positions): whether the sound reaches there."""
    return torch.arange(heard.shape[2], device=heard.device) < lengths[:, None]


def load(folder: Path) -> WaveformEncoder:
    """The network in 32 bits. Nothing is blotted out or left out by chance within it: that is for the training to say.

    Raises:
        ValueError: the folder lacks some of its weights.
    """
    from transformers import AutoConfig, HubertModel, Wav2Vec2Model

    kinds = {"wav2vec2": Wav2Vec2Model, "hubert": HubertModel}
    config = AutoConfig.from_pretrained(
        folder, trust_remote_code=False, layerdrop=0.0, mask_time_prob=0.0, mask_feature_prob=0.0
    )
    network, told = kinds[config.model_type].from_pretrained(
        folder, config=config, dtype=torch.float32, use_safetensors=True, attn_implementation="sdpa",
        output_loading_info=True,
    )  # fmt: skip
    if told["missing_keys"]:
        raise ValueError(f"it lacks {', '.join(sorted(told['missing_keys'])[:3])}")
    return WaveformEncoder(network)
