"""What leaves: the body in timm's own layout, the head beside it, a script that joins them, and the whole as ONNX."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from safetensors.torch import save_file

from cases import bundling
from cases.image_recognition import card, portable, predict
from models.report import Report

if TYPE_CHECKING:
    from cases.ground import Ground
    from cases.image_recognition.learner import PictureItems
    from cases.image_recognition.network import PictureNetwork


def save(
    folder: Path, items: PictureItems, result: dict[str, Any], evaluated: np.ndarray, report: Report
) -> dict[str, Any]:
    """Write the bundle into `folder`; returns what is to be known about it.

    `result` is what `result.json` will say of data, test and references; `evaluated` see `cases.learning.Items.save`.
    """
    known = write(folder, items, items.ground.rows["test"], evaluated, report)
    bundling.tell(folder, {**result, **known})
    card.write(folder, items, {**result, **known})
    return known


class Packed(Protocol):
    """What the files are made of."""

    ground: Ground
    network: PictureNetwork
    weights: Path
    preprocessing: dict[str, Any]
    pixels: np.ndarray


def write(folder: Path, items: Packed, test: np.ndarray, evaluated: np.ndarray, report: Report) -> dict[str, Any]:
    """All but what is told of the result; of the rows `test` what was `evaluated` is compared with the portable
    file."""
    network, ground = items.network.to("cpu").eval(), items.ground
    (folder / "body").mkdir(parents=True)
    shutil.copyfile(items.weights / "config.json", folder / "body/config.json")
    save_file(bundling.tensors(network.body), folder / "body/model.safetensors")
    bundling.begin(folder, ground, network.head, Path(predict.__file__), items.preprocessing)
    names = ground.dataset.samples["name"].iloc[test].tolist()
    return {"onnx": portable.save(folder, network, items.pixels, test, evaluated, names, report)}
