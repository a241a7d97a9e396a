"""The encoders of sounds written a second time, for a single sound each, as something to compare with."""

from __future__ import annotations

import json

import torch
from safetensors.torch import load_file
from torch.nn.functional import linear, normalize

VOICE, EVERY = 160, 77  # frames that the speaker encoder hears at once, and from one such window to the next
HOW = {"dtype": "float32", "use_safetensors": True}


def whisper(folder, config):
    """Frames (1, frames, bands) → (1, width): mean and maximum of what Whisper's encoder makes of a sound, and the mean
    of its middle layer."""
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    encoder, gelu = WhisperEncoder.from_pretrained(folder, **HOW).eval(), torch.nn.functional.gelu

    def hear(frames):
        count = (frames.shape[1] - 2) // 2
        frames = frames[:, : 2 * config["max_source_positions"]].transpose(1, 2)
        states = gelu(encoder.conv2(gelu(encoder.conv1(frames)))).transpose(1, 2)[:, :count]
        middle = states = states + encoder.embed_positions.weight[:count]
        for number, layer in enumerate(encoder.layers):
            middle = states if number == len(encoder.layers) // 2 else middle
            states = layer(states, None)
        states = encoder.layer_norm(states)
        return torch.cat([states.mean(1), states.amax(1), middle.mean(1)], 1)

    return hear


def speakers(folder, config):
    """Frames (1, frames, bands) → (1, width): the mean direction of what the speaker encoder makes of each window."""
    weights = load_file(folder / "model.safetensors")
    lstm = torch.nn.LSTM(config["num_mel_bins"], config["hidden_size"], config["num_hidden_layers"], batch_first=True)
    lstm.load_state_dict({name[5:]: value for name, value in weights.items() if name.startswith("lstm.")})

    def hear(frames):
        windows = frames[0].unfold(0, VOICE, EVERY).transpose(1, 2)
        last = lstm(windows)[1][0][-1]
        return normalize(normalize(linear(last, weights["linear.weight"], weights["linear.bias"]).relu()).mean(0)[None])

    return hear


def waves(folder, config):
    """Samples (1, samples, 1) → (1, width): the mean of what wav2vec 2.0 or HuBERT makes of a sound."""
    from transformers import AutoModel

    network = AutoModel.from_pretrained(folder, **HOW).eval()
    return lambda frames: network(frames[:, :, 0]).last_hidden_state.mean(1)


def spectrogram_transformer(folder, config):
    """Frames (1, frames, bands) → (1, width): the mean of what the network makes of each patch of a sound."""
    from transformers import ASTModel

    network = ASTModel.from_pretrained(folder, **HOW).eval()
    stated = json.loads((folder / "preprocessor_config.json").read_text())
    scale = (stated.get("mean", -4.2677393), 2 * stated.get("std", 4.5689974))
    mean, deviation = scale if stated.get("do_normalize", True) else (0, 1)
    size, step = config["max_length"], config["time_stride"]

    def hear(frames):
        patches = []
        for window in frames[0].split(size):
            filled = torch.nn.functional.pad(window, (0, 0, 0, size - len(window)))
            states = network((filled[None] - mean) / deviation).last_hidden_state[0, 2:]  # bands first, then moments
            moments = states.unflatten(0, (-1, (size - config["patch_size"]) // step + 1))
            patches.append(moments[:, : -(-len(window) // step)].flatten(0, 1))
        return torch.cat(patches).mean(0, keepdim=True)

    return hear


ALL = {
    "whisper": whisper, "speakers": speakers, "wav2vec2": waves, "hubert": waves, "ast": spectrogram_transformer,
}  # fmt: skip
