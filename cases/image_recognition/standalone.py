"""A picture classifier that other programs feed with pixels of any size."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from cases.classification import standalone
from cases.classification.standalone import Compared
from cases.dataset import Dataset
from cases.image_recognition import pixel_graph
from cases.image_recognition.predict import FORMATS, decode, eight_bits, on_white, upright
from models.onnx.graph import Graph
from models.onnx.quantization import BITS
from models.onnx.standalone import Front
from models.progress import ProgressReporter

CHOICES = ("float32", "int8")  # the first is the usual one; convolutions know no 4 bits


def choices(bundle: Path) -> tuple[str, ...]:
    """See `cases.base.Task.standalone_choices`."""
    return CHOICES


def write(
    bundle: Path, folder: Path, choice: str, dataset: Dataset, rows: np.ndarray, report: ProgressReporter
) -> dict[str, Any]:
    """See `cases.base.Task.standalone`."""
    preprocessing = json.loads((bundle / "preprocessing.json").read_text("utf-8"))
    size, interpolation = preprocessing["size"], preprocessing["interpolation"]
    graph = Graph("pixels")
    square = pixel_graph.square(graph, "pixels", size, interpolation)
    front = Front(graph, {"pixels": ("uint8", ("height", "width", 3))}, {"pixels": square})
    items = _items(dataset, rows, size, interpolation, report)
    told = {"modality": "image", "inputs": {"pixels": "uint8 (height, width, 3)"}}
    model = standalone.opened(bundle, BITS[choice])
    return standalone.write(folder, bundle, model, told, items, choice=choice, front=front)


def _items(
    dataset: Dataset, rows: np.ndarray, size: int, interpolation: str, report: ProgressReporter
) -> Iterator[Compared]:
    for row, label in standalone.tested(dataset, rows, report):
        file = dataset.file(dataset.samples.at[row, "file"])
        yield Compared(label, {"pixels": whole(file)}, {"pixels": decode(file, size, interpolation)[None]})


def whole(file: Path) -> np.ndarray:
    """(height, width, 3) uint8: all pixels of a picture, turned upright, on white, as a browser gives them."""
    with Image.open(file, formats=FORMATS) as picture:
        picture.load()
        upright(picture)
        return np.array(on_white(eight_bits(picture)))
