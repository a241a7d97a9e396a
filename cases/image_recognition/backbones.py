"""Pretrained networks that see pictures, without their classes: those of timm, and transformers' image classifiers."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import timm
import torch
from safetensors.torch import save_file
from timm.models import group_parameters
from torch import Tensor, nn

from cases.image_recognition import side_by_side
from cases.image_recognition.side_by_side import SideBySide
from models.errors import N_, InputError
from models.pretrained import model_folder

PROCESSOR = "preprocessor_config.json"
NEEDED = N_("An image model of the timm library or an image classifier of the transformers library is needed.")
RESAMPLING = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming"}  # Pillow's numbers
WHOLE = 384  # pixels; from here on ConvNeXt's processor cuts nothing off


class TransformersBackbone(nn.Module):
    """Normalised pixels (batch, 3, side, side) → (batch, width): what its classifier would be given.

    The library builds every image classifier without its last layer where there are no labels, so each pools its
    features in its own way: the class token (ViT), that and the mean of the places (DINOv2), the mean (Swin, ConvNeXt).
    """

    def __init__(self, network: nn.Module, side: int) -> None:
        super().__init__()
        self.network = network.eval()
        with torch.no_grad():
            found = self(torch.zeros(1, 3, side, side))
        if found.ndim != 2 or not found.shape[1]:
            raise ValueError(f"{type(network).__name__} does not turn a picture into a vector")
        self.head_hidden_size = found.shape[1]  # as timm's networks name it

    def forward(self, pictures: Tensor) -> Tensor:
        return self.network(pixel_values=pictures).logits


def load_body(folder: Path, *, pretrained: bool = True) -> tuple[nn.Module, dict[str, Any]]:
    """The network without its classes, and how it wants its pictures; with the weights of the folder, or random ones.

    Raises:
        InputError: the folder holds no network of timm, and no image classifier of transformers with its processor.
    """
    with model_folder.building(folder, NEEDED):
        stated = json.loads((folder / "config.json").read_text("utf-8"))
        if side_by_side.STATED in stated:
            return _of_several(folder, pretrained=pretrained)
        of_library = _of_transformers if "model_type" in stated else _of_timm
        return of_library(folder, pretrained=pretrained)


def _of_timm(folder: Path, *, pretrained: bool) -> tuple[nn.Module, dict[str, Any]]:
    weights = {
        "source": "",
        "file": str(folder / model_folder.WEIGHTS),
        "custom_load": False,
    }  # else timm looks for others
    body = timm.create_model(f"local-dir:{folder}", pretrained=pretrained, num_classes=0,
                             pretrained_cfg_overlay=weights)  # fmt: skip
    return body, _as_stated(body)


def _of_several(folder: Path, *, pretrained: bool) -> tuple[nn.Module, dict[str, Any]]:
    """The pixels are those that the network with the largest picture wants."""
    body = side_by_side.load(folder, pretrained=pretrained)
    wanted = sorted((_as_stated(one) for one in body.bodies.values()), key=lambda one: one["crop"])
    if any((one["mean"], one["std"]) != (wanted[-1]["mean"], wanted[-1]["std"]) for one in wanted):
        raise ValueError("networks side by side must want their pixels normalised alike")
    return body, wanted[-1]


def _as_stated(network: nn.Module) -> dict[str, Any]:
    """From what a network of timm says of itself."""
    config = timm.data.resolve_model_data_config(network)
    crop = config["input_size"][-1]
    size = max(crop, round(crop / config["crop_pct"]))
    return _preprocessing(size, crop, config["interpolation"], config["mean"], config["std"])


def _of_transformers(folder: Path, *, pretrained: bool) -> tuple[nn.Module, dict[str, Any]]:
    from transformers import AutoConfig, AutoImageProcessor, AutoModelForImageClassification

    if not (folder / PROCESSOR).is_file():
        raise InputError(
            found=N_("“{model}” has no preprocessor_config.json."),
            expected=N_("It states how large pictures must be and how their pixels are normalised."),
            remedy=N_("Save the model’s image processor into the same folder, or choose another model."),
            model=folder.name,
        )
    processor = AutoImageProcessor.from_pretrained(folder, trust_remote_code=False).to_dict()
    wanted = _as_processed(json.loads(json.dumps(processor, default=dict)))
    if not pretrained:
        config = AutoConfig.from_pretrained(folder, num_labels=0, trust_remote_code=False)
        random = AutoModelForImageClassification.from_config(config, trust_remote_code=False)
        return TransformersBackbone(random, wanted["crop"]), wanted
    network, told = AutoModelForImageClassification.from_pretrained(
        folder, num_labels=0, dtype=torch.float32, use_safetensors=True, trust_remote_code=False,
        output_loading_info=True,
    )  # fmt: skip
    if told["missing_keys"]:
        raise ValueError(f"it lacks {', '.join(sorted(told['missing_keys'])[:3])}")
    return TransformersBackbone(network, wanted["crop"]), wanted


def _as_processed(told: Mapping[str, Any]) -> dict[str, Any]:
    """From what an image processor states. The middle square is taken also where a processor would squash a picture."""
    size = crop = _side(told["size"])
    if told.get("do_center_crop") and told.get("crop_size"):
        crop = _side(told["crop_size"])
    elif told.get("crop_pct") and size < WHOLE:
        size = round(crop / told["crop_pct"])
    factor = 255 * told.get("rescale_factor", 1 / 255) if told.get("do_rescale", True) else 255
    mean, std = (told["image_mean"], told["image_std"]) if told.get("do_normalize", True) else ([0.0] * 3, [1.0] * 3)
    return _preprocessing(
        max(size, crop), crop, RESAMPLING[told.get("resample", 2)],
        [one / factor for one in mean], [one / factor for one in std],
    )  # fmt: skip


def _side(stated: Any) -> int:
    """Of the square that a processor makes, in pixels."""
    sides = {stated} if isinstance(stated, int) else {side for side in stated.values() if side}
    if len(sides) != 1:
        raise ValueError(f"pictures must be square, not {stated}")
    return int(sides.pop())


def _preprocessing(size: int, crop: int, interpolation: str, mean: Any, std: Any) -> dict[str, Any]:
    mean, std = [float(one) for one in mean], [float(one) for one in std]
    if not (0 < crop <= size and len(mean) == len(std) == 3 and min(std) > 0):
        raise ValueError(f"pictures cannot be {size} pixels wide, nor their pixels divided by {std}")
    return {"size": size, "crop": crop, "interpolation": interpolation, "mean": mean, "std": std}


def block_names(body: nn.Module) -> list[list[str]]:
    """The names of each block's parameters, from the picture on: in timm's own grouping, or by the first number in
    their names, what comes before with the embeddings and what comes after with the last block."""
    if not isinstance(body, TransformersBackbone):
        groups = group_parameters(body, body.group_matcher(coarse=True))
        return [groups[group] for group in sorted(groups)]
    return named_blocks(name for name, _ in body.named_parameters())


def named_blocks(names: Iterable[str]) -> list[list[str]]:
    """Names of parameters by the first number in them."""
    blocks: dict[str, list[str]] = {"": []}
    for name in names:
        numbered = re.match(r".*?\.\d+\.", name)
        key = numbered[0] if numbered else next(reversed(blocks))
        blocks.setdefault(key, []).append(name)
    return [some for some in blocks.values() if some]


def kind(body: nn.Module) -> str:
    """What loads it, as `model_card.use` knows it: a library, or the file that puts several networks together."""
    if isinstance(body, SideBySide):
        return side_by_side.STATED
    return "transformers" if isinstance(body, TransformersBackbone) else "timm"


def save(body: nn.Module, weights: Path, folder: Path) -> None:
    """Write it into `folder` as it is loaded; `weights`: the folder it was loaded from."""
    from cases.training import bundle  # which reads data sets; a network alone needs none

    if isinstance(body, TransformersBackbone):
        body.network.save_pretrained(folder)
        shutil.copyfile(weights / PROCESSOR, folder / PROCESSOR)
    else:
        shutil.copyfile(weights / "config.json", folder / "config.json")
        save_file(bundle.tensors(body), folder / "model.safetensors")
