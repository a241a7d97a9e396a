"""What leaves: the body in timm's own layout, the head beside it, a script that joins them, and the whole as ONNX."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors.torch import save_file
from torch import nn

from cases.image_recognition import card, portable, predict
from models.report import Report

if TYPE_CHECKING:
    from cases.image_recognition.learner import PictureItems


def save(folder: Path, items: PictureItems, result: dict[str, Any], report: Report) -> dict[str, Any]:
    """Write the bundle into `folder`; returns what is to be known about it.

    `result` is what `result.json` will say of data, test and references.
    """
    network, ground = items.network.to("cpu").eval(), items.ground
    settings, dataset = ground.settings, ground.dataset
    (folder / "body").mkdir(parents=True)
    shutil.copyfile(items.weights / "config.json", folder / "body/config.json")
    save_file(_tensors(network.body), folder / "body/model.safetensors")
    save_file(_tensors(network.head), folder / "head.safetensors")
    shutil.copyfile(predict.__file__, folder / "predict.py")
    _write(folder / "labels.json", dataset.classes)
    _write(folder / "preprocessing.json", {**items.preprocessing, "activation": settings.activation})
    _write(folder / "settings.json", asdict(settings))
    test = ground.rows["test"]
    names = dataset.samples["name"].iloc[test].tolist()
    known = {"onnx": portable.save(folder, network, items.pixels, test, names, report)}
    _write(folder / "metrics.json", {"test": result["test"], "references": result["references"], **known})
    card.write(folder / "README.md", items, {**result, **known})
    return known


def _tensors(module: nn.Module) -> dict[str, Any]:
    return {name: value.contiguous() for name, value in module.state_dict().items()}


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), "utf-8")
