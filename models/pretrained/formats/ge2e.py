"""The speaker encoder of the package `Resemblyzer`: a pickle of tensors, read as nothing but tensors."""

from __future__ import annotations

import json
from pathlib import Path

UNUSED = {"similarity_weight", "similarity_bias"}  # of the loss it was trained with


def convert(carrier: Path, folder: Path) -> None:
    """Write the weights by the names of `cases.speech.audio.encoders.ge2e.SpeakerEncoder`, with its sizes beside
    them."""
    import torch
    from safetensors.torch import save_file

    state = torch.load(carrier, map_location="cpu", weights_only=True)["model_state"]
    weights = {name: tensor.clone() for name, tensor in state.items() if name not in UNUSED}
    inputs, outputs = weights["lstm.weight_ih_l0"], weights["linear.weight"]
    config = {
        "model_type": "ge2e_speaker_encoder", "num_mel_bins": inputs.shape[1], "hidden_size": outputs.shape[1],
        "num_hidden_layers": sum(name.startswith("lstm.weight_ih") for name in weights),
        "embedding_size": outputs.shape[0],
    }  # fmt: skip
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
