"""A picture classifier that other programs feed with pixels of any size."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from cases.base import Evaluation
from cases.classification import standalone
from cases.dataset import Dataset
from cases.image_recognition import pixel_graph, standalone_predict
from cases.training.standalone import Script
from models.onnx.graph import Graph
from models.onnx.quantization import BITS
from models.onnx.standalone import Front
from models.progress import ProgressReporter

CHOICES = ("float32", "int8")  # the first is the usual one; convolutions know no 4 bits
SCRIPT = Script(Path(standalone_predict.__file__), ("onnxruntime", "numpy", "pillow"))


def choices(bundle: Path) -> tuple[str, ...]:
    """See `cases.base.Task.standalone_choices`."""
    return CHOICES


def write(bundle: Path, folder: Path, choice: str, dataset: Dataset | None, report: ProgressReporter) -> dict[str, Any]:
    """See `cases.base.Task.standalone`."""
    preprocessing = json.loads((bundle / "preprocessing.json").read_text("utf-8"))
    size, interpolation = preprocessing["size"], preprocessing["interpolation"]
    graph = Graph("pixels")
    square = pixel_graph.square(graph, "pixels", size, interpolation)
    front = Front(graph, {"pixels": ("uint8", ("height", "width", 3))}, {"pixels": square})
    told = {
        "modality": "image", "inputs": {"pixels": "uint8 (height, width, 3)"}, "resize_size": size,
        "crop_size": preprocessing["crop"], "interpolation": interpolation,
    }  # fmt: skip
    model = standalone.opened(bundle, BITS[choice])
    return standalone.write(folder, bundle, model, told, SCRIPT, choice=choice, front=front)


def prove(
    bundle: Path, folder: Path, dataset: Dataset, evaluation: Evaluation, report: ProgressReporter
) -> dict[str, Any] | None:
    """See `cases.base.Task.prove_standalone`."""

    def given(rows: np.ndarray) -> list[str]:
        return [str(dataset.file(name).resolve()) for name in dataset.samples["file"].iloc[rows]]

    return standalone.prove(bundle, folder, evaluation, given, lambda rows: np.zeros(len(rows)), report)
