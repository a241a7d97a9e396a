"""A sound classifier that other programs feed with samples at 16 kHz."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cases.base import Evaluation
from cases.classification import standalone
from cases.dataset import Dataset
from cases.speech import reader, segments, standalone_predict
from cases.speech.audio import extractors, feature_graphs
from cases.speech.audio.features import LONGEST, RATE
from cases.training.standalone import Script
from models.onnx.graph import Graph
from models.onnx.quantization import BITS
from models.onnx.standalone import Front
from models.progress import ProgressReporter

CHOICES = ("int8", "float32", "int4")  # the first is the usual one
SCRIPT = Script(Path(standalone_predict.__file__), ("onnxruntime", "numpy", "soundfile", "soxr"))
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


def write(bundle: Path, folder: Path, choice: str, dataset: Dataset | None, report: ProgressReporter) -> dict[str, Any]:
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
    model = standalone.opened(bundle, BITS[choice])
    return standalone.write(folder, bundle, model, told, SCRIPT, choice=choice, front=front)


def prove(
    bundle: Path, folder: Path, dataset: Dataset, evaluation: Evaluation, report: ProgressReporter
) -> dict[str, Any] | None:
    """See `cases.base.Task.prove_standalone`."""
    waves = reader.sounds(dataset)
    with TemporaryDirectory() as heard:
        return standalone.prove(
            bundle, folder, evaluation, lambda rows: reader.given(dataset, Path(heard), waves, rows),
            lambda rows: waves.lengths[rows], report,
        )  # fmt: skip
