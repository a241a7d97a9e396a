"""What leaves: the body in transformers' layout, the head beside it, a script that joins them, and the ONNX file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from cases import bundling
from cases.text_analysis import card, portable, predict
from models.report import Report

if TYPE_CHECKING:
    from cases.ground import Ground
    from cases.text_analysis.learner import TextItems
    from cases.text_analysis.network import TextNetwork
    from models.tokenising import Tokeniser


def save(
    folder: Path, items: TextItems, result: dict[str, Any], evaluated: np.ndarray, report: Report
) -> dict[str, Any]:
    """Write the bundle into `folder`; returns what is to be known about it.

    `result` is what `result.json` will say of data, test and references; `evaluated` see `cases.learning.Items.save`.
    """
    known = write(folder, items, items.ground.rows["test"], evaluated, report)
    bundling.tell(folder, {**result, **known})
    card.write(folder, items, {**result, **known})
    return known


class Packed(Protocol):
    """What the files are made of; `ids`: row → tokens."""

    ground: Ground
    network: TextNetwork
    weights: Path
    preprocessing: dict[str, Any]
    tokeniser: Tokeniser
    ids: Sequence[np.ndarray] | Mapping[int, np.ndarray]


def write(folder: Path, items: Packed, test: np.ndarray, evaluated: np.ndarray, report: Report) -> dict[str, Any]:
    """All but what is told of the result; of the rows `test` what was `evaluated` is compared with the portable
    file."""
    network, ground = items.network.to("cpu").eval(), items.ground
    (folder / "body").mkdir(parents=True)
    _write_body(folder / "body", items)
    bundling.begin(folder, ground, network.head, Path(predict.__file__), items.preprocessing)
    return {"onnx": portable.save(folder, items, test, evaluated, report)}


def preprocessing(tokeniser: Tokeniser) -> dict[str, Any]:
    """How the script of a bundle makes tokens of a text."""
    return {"prefix": tokeniser.prefix, "most": tokeniser.most, "pad": tokeniser.pad}


def _write_body(folder: Path, items: Packed) -> None:
    """What stayed as it was are the pretrained model's own files: half a gigabyte that many runs can share."""
    weights, cache = items.weights, items.ground.place.cache
    if items.ground.settings.mode == "head":
        bundling.share_body(folder, weights, cache)
    else:
        items.network.body.save_pretrained(folder)
        bundling.share_tokenizer(folder, weights, cache)
