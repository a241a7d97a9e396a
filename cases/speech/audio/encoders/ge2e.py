"""The GE2E speaker encoder: whose voice it is, whatever is said.

L. Wan et al., "Generalized End-to-End Loss for Speaker Verification", 2018; as in the package Resemblyzer, whose
weights it takes.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor, nn

if __package__ == "cases.speech.audio.encoders":
    from cases.speech.audio.features import SpeakerFeatures
else:  # in a bundle it lies beside this file
    from features import SpeakerFeatures  # type: ignore[no-redef]

KIND, SIZES = "ge2e_speaker_encoder", ("num_mel_bins", "hidden_size", "num_hidden_layers", "embedding_size")


class SpeakerEncoder(nn.Module):
    """frames (batch, frames, bands) and lengths (batch,) → (batch, width): the mean over the windows of a sound."""

    def __init__(self, bands: int, hidden: int, layers: int, width: int) -> None:
        super().__init__()
        self.width = width
        self.lstm = nn.LSTM(bands, hidden, layers, batch_first=True)
        self.linear = nn.Linear(hidden, width)

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        size, step = SpeakerFeatures.WINDOW, SpeakerFeatures.EVERY
        begins = torch.arange(0, frames.shape[1] - size + 1, step, device=frames.device)
        windows = frames[:, begins[:, None] + torch.arange(size, device=frames.device)]  # (batch, windows, size, bands)
        counts = (lengths - size) // step + 1
        inside = torch.arange(windows.shape[1], device=frames.device) < counts[:, None]
        _, (hidden, _) = self.lstm(windows.flatten(0, 1))
        voices = nn.functional.normalize(self.linear(hidden[-1]).relu().float(), dim=1)
        voices = voices.unflatten(0, inside.shape) * inside[:, :, None]
        return nn.functional.normalize(voices.sum(1), dim=1)

    def save(self, folder: Path) -> None:
        """As the packaged encoder is kept; see `models.pretrained.formats.ge2e`."""
        from safetensors.torch import save_file

        lstm = self.lstm
        sizes = zip(SIZES, (lstm.input_size, lstm.hidden_size, lstm.num_layers, self.width), strict=True)
        (folder / "config.json").write_text(json.dumps({"model_type": KIND, **dict(sizes)}, indent=2), "utf-8")
        weights = {name: value.contiguous() for name, value in self.state_dict().items()}
        save_file(weights, folder / "model.safetensors", {"format": "pt"})

    def blocks(self) -> list[list[str]]:
        """The names of each block's parameters, from the sound on."""
        names = [name for name, _ in self.named_parameters()]
        layers = [[name for name in names if name.endswith(f"_l{layer}")] for layer in range(self.lstm.num_layers)]
        return [*layers, [name for name in names if name.startswith("linear.")]]


def load(folder: Path) -> SpeakerEncoder:
    """Read the encoder from its `config.json` and `model.safetensors`."""
    from safetensors.torch import load_file

    config = json.loads((folder / "config.json").read_text("utf-8"))
    encoder = SpeakerEncoder(*(config[size] for size in SIZES))
    encoder.load_state_dict(load_file(folder / "model.safetensors"))
    return encoder
