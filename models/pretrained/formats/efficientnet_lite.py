"""EfficientNet-Lite, ImageNet-1k: a PyTorch file with the tensors of timm's network under other names."""

from __future__ import annotations

import json
from pathlib import Path
from string import ascii_lowercase
from tempfile import TemporaryDirectory
from typing import Any


def convert(carrier: Path, folder: Path, *others: Path) -> None:
    """Write the network that the file's name tells (`efficientnet-lite0-57934424.pth`) as a timm folder.

    With `others` all stand side by side in it, as `cases.image_recognition.side_by_side` reads them.

    Raises:
        ValueError: the installed timm builds a network of other shapes.
    """
    import timm
    import torch
    from timm.models import save_for_hf

    if others:
        _write_side_by_side((carrier, *others), folder)
        return
    architecture = f"tf_efficientnet_{carrier.name.split('-')[1]}"
    network = timm.create_model(architecture)
    empty = network.state_dict()
    weights = torch.load(carrier, map_location="cpu", weights_only=True)
    # Names differ throughout (_conv_stem, conv_stem), the order is the same, so shapes must agree one by one.
    shapes, expected = ([tuple(t.shape) for t in tensors.values()] for tensors in (weights, empty))
    if shapes != expected:
        raise ValueError(f"{carrier} does not hold the {len(expected)} tensors of timm's {architecture}.")
    network.load_state_dict(dict(zip(empty, weights.values(), strict=True)))
    save_for_hf(network, str(folder), safe_serialization=True)


def _write_side_by_side(carriers: tuple[Path, ...], folder: Path) -> None:
    """Without their classes: the weights of all in one file, and beside them what timm states of each."""
    from safetensors.torch import load_file, save_file

    stated: list[dict[str, Any]] = []
    weights: dict[str, Any] = {}
    for letter, carrier in zip(ascii_lowercase, carriers, strict=False):
        with TemporaryDirectory() as single:
            convert(carrier, Path(single))
            stated.append(json.loads(Path(single, "config.json").read_text("utf-8")))
            own = load_file(Path(single, "model.safetensors"))
        weights |= {f"bodies.{letter}.{name}": one for name, one in own.items() if not name.startswith("classifier.")}
    config = {"side_by_side": stated, "license": stated[0]["pretrained_cfg"]["license"]}
    (folder / "config.json").write_text(json.dumps(config, indent=2), "utf-8")
    save_file(weights, folder / "model.safetensors")
