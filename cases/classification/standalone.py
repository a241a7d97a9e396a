"""A classifier as a folder that needs no server and no Python: one ONNX file from raw inputs on, and `model.json`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto

from cases.classification import predictor
from cases.dataset import Dataset
from cases.training import standalone as standalone_folder
from models.onnx import quantization, runtime, standalone
from models.onnx.standalone import Front
from models.progress import ProgressReporter

MOST = 3000  # test items that are compared

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Compared:
    """A test item: its class, what the standalone file takes of it, and what the file of the bundle takes."""

    label: str
    raw: Arrays
    prepared: Arrays


def opened(bundle: Path, bits: int) -> ModelProto:
    """The network of a bundle with its weights inside, in so many bits.

    Raises:
        InputError: it has no portable model, or that cannot be one file.
    """
    model = standalone.read(predictor.portable(bundle))
    quantization.quantize(model, bits)
    return model


def write(
    folder: Path, bundle: Path, model: ModelProto, told: Mapping[str, Any], items: Iterable[Compared], *, choice: str,
    front: Front | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Write the model into `folder`, where its other files are, and `model.json`, whose content is returned.

    Args:
        told: what the case adds.
        items: of the test part, on which the model is compared with that of the bundle.
        front: what stands before the network from now on; None where it takes what it took.
    """
    classes = json.loads((bundle / "labels.json").read_text("utf-8"))
    if front is not None:
        standalone.precede(model, front)
    standalone.write(model, folder / runtime.FILE)
    kind = {"kind": "classification", "file": runtime.FILE, "classes": classes, "abstain": None}
    found = _agreement(folder, bundle, classes, items, front)
    return standalone_folder.describe(folder, {**kind, **told}, choice, found)


def tested(dataset: Dataset, rows: np.ndarray, report: ProgressReporter) -> Iterator[tuple[int, str]]:
    """Row and class of each test item that is compared."""
    return standalone_folder.tested(dataset, rows, MOST, report)


def _agreement(
    folder: Path, bundle: Path, classes: list[str], items: Iterable[Compared], front: Front | None
) -> dict[str, Any] | None:
    """None where there are no items."""
    ours, full = (runtime.load(place / runtime.FILE) for place in (folder, bundle))
    prepare = runtime.load(front.alone.SerializeToString()) if front else None
    labels, mine, whole, apart = [], [], [], [0.0]
    for item in items:
        labels.append(classes.index(item.label) if item.label in classes else -1)
        mine.append(ours(item.raw)[0])
        whole.append(full(item.prepared)[0])
        if prepare:
            apart.append(_largest(prepare(item.raw), next(iter(item.prepared.values()))))
    if not labels:
        return None
    own, theirs = np.stack(mine), np.stack(whole)
    return {
        "items": len(labels),
        "same": int((own.argmax(1) == theirs.argmax(1)).sum()),
        "largest_difference": _largest(own, theirs),
        "metric": "accuracy",
        "value": float((own.argmax(1) == labels).mean()),
        "value_full": float((theirs.argmax(1) == labels).mean()),
        "inputs_largest_difference": max(apart) if prepare else None,
    }


def _largest(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(np.float64) - other).max())
