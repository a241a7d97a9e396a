"""A sound classifier that other programs feed with samples at 16 kHz."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from cases.classification import standalone
from cases.classification.standalone import Compared
from cases.dataset import Dataset
from cases.speech import reader, segments
from cases.speech.audio import extractors, feature_graphs
from cases.speech.audio.features import LONGEST, RATE, FeatureExtractor, padded
from models.onnx.graph import Graph
from models.onnx.quantization import BITS
from models.onnx.standalone import Front
from models.progress import ProgressReporter

CHOICES = ("int8", "float32", "int4")  # the first is the usual one
WINDOWS = (
    "The class of a recording is that of its first `longest` seconds, given at once. A recording of at least two "
    "windows also has moments: windows of `seconds` are given one by one, each begins `step` after the last, or later "
    "so that there are at most `most`. A stretch of one step has the mean of the two windows that cover it; its class "
    "is the likeliest. Neighbouring stretches of one class are one moment. A stretch whose mean power is at most "
    "`quiet` of the loudest one's, or at most `nothing`, has no class."
)


def choices(bundle: Path) -> tuple[str, ...]:
    """See `cases.base.Task.standalone_choices`."""
    return CHOICES


def write(
    bundle: Path, folder: Path, choice: str, dataset: Dataset, rows: np.ndarray, report: ProgressReporter
) -> dict[str, Any]:
    """See `cases.base.Task.standalone`."""
    extractor = extractors.load(bundle / "body")
    window = json.loads((bundle / "preprocessing.json").read_text("utf-8"))["window"]
    graph = Graph("samples")
    frames = feature_graphs.frames(extractor, graph, feature_graphs.begun(graph, "samples"))
    given = {"frames": frames, "lengths": graph.Shape(frames, start=1, end=2)}
    front = Front(graph, {"samples": ("float32", ("samples",))}, given)
    told = {
        "modality": "audio", "inputs": {"samples": "float32 (samples,)"}, "sample_rate": RATE, "window": window,
        "windows": {
            "seconds": window, "step": window / 2, "most": segments.MOST, "longest": LONGEST // RATE,
            "quiet": segments.QUIET, "nothing": segments.NOTHING, "rule": WINDOWS,
        },
    }  # fmt: skip
    items = _items(dataset, rows, extractor, report)
    model = standalone.opened(bundle, BITS[choice])
    return standalone.write(folder, bundle, model, told, items, choice=choice, front=front)


def _items(
    dataset: Dataset, rows: np.ndarray, extractor: FeatureExtractor, report: ProgressReporter
) -> Iterator[Compared]:
    waves = reader.sounds(dataset)
    for row, label in standalone.tested(dataset, rows, report):
        wave = np.array(waves[row])
        yield Compared(label, {"samples": wave}, padded([extractor.frames(wave)]))
