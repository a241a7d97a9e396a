"""EfficientNet-Lite, ImageNet-1k: a PyTorch file with the tensors of timm's network under other names."""

from __future__ import annotations

from pathlib import Path


def convert(carrier: Path, folder: Path) -> None:
    """Write the network that the file's name tells (`efficientnet-lite0-57934424.pth`) as a timm folder.

    Raises:
        ValueError: the installed timm builds a network of other shapes.
    """
    import timm
    import torch
    from timm.models import save_for_hf

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
