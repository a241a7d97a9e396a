"""A whole Whisper in two halves, as it writes: what hears a sound once, and what adds one token after the other.

The halves hold the modules of transformers' network and compute what it computes; apart they can be kept as ONNX, and
what the decoder attends to is made ready only once for a sound.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class OnnxEncoder(nn.Module):
    """frames (sounds, frames, bands) → keys and values (sounds, layers, 2, heads, positions, size) of what was heard.

    A position is two frames; there may be fewer than the window of 30 seconds has.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.encoder = network.model.encoder
        self.attending = nn.ModuleList(layer.encoder_attn for layer in network.model.decoder.layers)

    def forward(self, frames: Tensor) -> Tensor:
        states = encoded(self.encoder, frames)
        return torch.stack([_keys_and_values(one, states) for one in self.attending], 1)


def encoded(encoder: nn.Module, frames: Tensor) -> Tensor:
    """(sounds, positions, width): what the encoder makes of frames (sounds, frames, bands)."""
    gelu = nn.functional.gelu
    heard = gelu(encoder.conv2(gelu(encoder.conv1(frames.transpose(1, 2))))).transpose(1, 2)
    states = heard + encoder.embed_positions.weight[: heard.shape[1]]
    for layer in encoder.layers:
        states = layer(states, None)
    return encoder.layer_norm(states)


class OnnxDecoder(nn.Module):
    """The next token of each text: tokens (texts, new), past and heard → scores (texts, vocabulary) and the new past.

    past: keys and values (texts, layers, 2, heads, written, size) of the tokens before, at first of none; heard: as
    `OnnxEncoder` gives it.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.decoder, self.vocabulary = network.model.decoder, network.proj_out

    def start(self, texts: int) -> Tensor:
        """The past of texts in which nothing stands yet."""
        attention = self.decoder.layers[0].self_attn
        weight = self.decoder.embed_tokens.weight
        shape = (texts, len(self.decoder.layers), 2, attention.num_heads, 0, attention.head_dim)
        return torch.zeros(shape, dtype=weight.dtype, device=weight.device)

    def forward(self, tokens: Tensor, past: Tensor, heard: Tensor) -> tuple[Tensor, Tensor]:
        decoder, written, new = self.decoder, past.shape[4], tokens.shape[1]
        places = torch.arange(new, device=tokens.device) + written
        states = decoder.embed_tokens(tokens) + decoder.embed_positions.weight[places]
        seen = torch.arange(written + new, device=tokens.device) <= places[:, None]  # none looks ahead
        kept = []
        for number, layer in enumerate(decoder.layers):
            given = layer.self_attn_layer_norm(states)
            before = torch.cat([past[:, number], _keys_and_values(layer.self_attn, given)], 3)
            kept.append(before)
            states = states + _attended(layer.self_attn, given, before, seen)
            given = layer.encoder_attn_layer_norm(states)
            states = states + _attended(layer.encoder_attn, given, heard[:, number], None)
            given = layer.final_layer_norm(states)
            states = states + layer.fc2(layer.activation_fn(layer.fc1(given)))
        return self.vocabulary(decoder.layer_norm(states[:, -1])), torch.stack(kept, 1)


def _keys_and_values(attention: nn.Module, states: Tensor) -> Tensor:
    """(n, 2, heads, positions, size)"""
    return torch.stack([_heads(attention, part(states)) for part in (attention.k_proj, attention.v_proj)], 1)


def _attended(attention: nn.Module, states: Tensor, held: Tensor, seen: Tensor | None) -> Tensor:
    scores = _heads(attention, attention.q_proj(states) * attention.scaling) @ held[:, 0].transpose(2, 3)
    if seen is not None:
        scores = scores.masked_fill(~seen, -torch.inf)
    mixed = scores.softmax(3) @ held[:, 1]
    return attention.out_proj(mixed.transpose(1, 2).flatten(2))


def _heads(attention: nn.Module, states: Tensor) -> Tensor:
    """(n, positions, width) → (n, heads, positions, size)"""
    return states.unflatten(2, (attention.num_heads, attention.head_dim)).transpose(1, 2)
