"""What leaves: the body in transformers' layout, the head beside it, a script that joins them, and the ONNX file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cases import bundling
from cases.text_analysis import card, portable, predict
from models.report import Report

if TYPE_CHECKING:
    from cases.text_analysis.learner import TextItems


def save(
    folder: Path, items: TextItems, result: dict[str, Any], evaluated: np.ndarray, report: Report
) -> dict[str, Any]:
    """Write the bundle into `folder`; returns what is to be known about it.

    `result` is what `result.json` will say of data, test and references; `evaluated` see `cases.learning.Items.save`.
    """
    network, ground = items.network.to("cpu").eval(), items.ground
    (folder / "body").mkdir(parents=True)
    _write_body(folder / "body", items)
    bundling.begin(folder, ground, network.head, Path(predict.__file__), items.preprocessing)
    known = {"onnx": portable.save(folder, items, evaluated, report)}
    bundling.tell(folder, {**result, **known})
    card.write(folder, items, {**result, **known})
    return known


def _write_body(folder: Path, items: TextItems) -> None:
    """What stayed as it was are the pretrained model's own files: half a gigabyte that many runs can share."""
    weights, cache = items.weights, items.ground.place.cache
    if items.ground.settings.mode == "head":
        bundling.share_body(folder, weights, cache)
    else:
        items.network.body.save_pretrained(folder)
        bundling.share_tokenizer(folder, weights, cache)
