"""A recommender that other programs feed with the numbers of what somebody had: one ONNX file gives all scores."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto
from safetensors.numpy import load_file

from cases.dataset import Dataset
from cases.ranking.interactions import Interactions
from cases.recommendation import predict
from cases.training import standalone as standalone_folder
from models.onnx import runtime, standalone
from models.onnx.graph import FLOAT, Graph
from models.onnx.standalone import Front
from models.progress import ProgressReporter

ITEMS, TENSORS = "items.json", "items.safetensors"
CHOICES = ("float32",)
LIST = "list/"  # begins the names of its tensors
CHECKED = 1000  # people
GONE = -1e8  # scores below are those of items that were left out
RULE = (
    "Give the numbers of the items that somebody had, places in the lists of `items`, the earliest first, each once. "
    "Take the scores of these away, and those below `gone`. The highest that are left, ten for example, are the list."
)


def choices(bundle: Path) -> tuple[str, ...]:
    """See `cases.base.Task.standalone_choices`."""
    return CHOICES


def write(
    bundle: Path, folder: Path, choice: str, dataset: Dataset, rows: np.ndarray, report: ProgressReporter
) -> dict[str, Any]:
    """See `cases.base.Task.standalone`. It is compared on the histories of people in the data."""
    stated = json.loads((bundle / "preprocessing.json").read_text("utf-8"))
    files = stated.get("parts", {"network": runtime.FILE})
    parts = {part: standalone.read(bundle / file) for part, file in files.items()}
    standalone.write(_joined(parts, load_file(bundle / TENSORS), stated), folder / runtime.FILE)
    shutil.copyfile(bundle / ITEMS, folder / ITEMS)
    told = {
        "kind": "ranking", "modality": "item", "file": runtime.FILE, "inputs": {"items": "int64 (had,)"},
        "outputs": {"scores": "float32 (items,)"}, "items": ITEMS, "gone": GONE, "rule": RULE,
    }  # fmt: skip
    return standalone_folder.describe(folder, told, choice, _agreement(bundle, folder, dataset, report))


def _joined(parts: dict[str, ModelProto], tensors: dict[str, np.ndarray], stated: dict[str, Any]) -> ModelProto:
    """items (had,) int64 → scores (items,) float32, by the network, the list, or both."""
    before, after = Graph("history"), Graph("scores")
    found: list[str] = []
    given: dict[str, str] = {}
    if "list" in parts:
        parts["list"] = standalone.renamed(parts["list"], LIST)
    model = next(iter(parts.values()))
    if "network" in parts:
        vectors = before.constant(np.ascontiguousarray(tensors["vectors"][:, :-1]))
        given |= _history(before, vectors, stated["longest"])
        people = after.MatMul(vectors, after.Transpose("people", perm=[1, 0]))
        found.append(after.Add(after.Squeeze(people, [1]), np.ascontiguousarray(tensors["vectors"][:, -1])))
    if "list" in parts:
        given |= {f"{LIST}{name}": value for name, value in _counted(before, float(stated["decay"])).items()}
        found.append(after.Squeeze(parts["list"].graph.output[0].name, [0]))
        if parts["list"] is not model:
            standalone.attach(model, parts["list"])
    total = after.Add(*found) if len(found) == 2 else found[0]
    standalone.precede(model, Front(before, {"items": ("int64", ("had",))}, given))
    standalone.follow(model, after, {"scores": ("float32", ("items",))}, {"scores": total})
    return model


def _history(graph: Graph, vectors: str, longest: int) -> dict[str, str]:
    """As `predict.given` has it: the vectors of the latest items, filled at the beginning, and where there is one."""
    latest = graph.Slice("items", [-longest], [np.iinfo(np.int64).max])
    count = graph.Shape(latest, start=0, end=1)
    missing = graph.Sub(longest, count)
    history = graph.Pad(graph.Gather(vectors, latest), graph.Concat(missing, [0, 0, 0], axis=0))
    ones = graph.Expand(1.0, count)
    there = graph.Pad(ones, graph.Concat(missing, [0], axis=0))
    return {"history": graph.Unsqueeze(history, [0]), "there": graph.Unsqueeze(there, [0])}


def _counted(graph: Graph, decay: float) -> dict[str, str]:
    """As `predict.counted` has it: the items, and how much each counts, older ones less."""
    last = graph.Sub(graph.Squeeze(graph.Shape("items"), [0]), 1)
    ages = graph.Cast(graph.Range(last, -1, -1), to=FLOAT)
    return {"items": graph.Unsqueeze("items", [0]), "counts": graph.Unsqueeze(graph.Pow(decay, ages), [0])}


def _agreement(bundle: Path, folder: Path, dataset: Dataset, report: ProgressReporter) -> dict[str, Any]:
    """How the lists begin, beside those of the bundle; without what is known of the data no accuracy is told."""
    rated = json.loads((bundle / "settings.json").read_text("utf-8"))["min_rating"]
    had = [some for some in Interactions.open(dataset, rated).of_each if len(some)][:CHECKED]
    model, ours = predict.load(bundle), runtime.load(folder / runtime.FILE)
    same, largest = 0, 0.0
    for place, some in enumerate(had):
        report.check()
        report.progress("test", place, len(had))
        mine, theirs = ours({"items": np.asarray(some, np.int64)}), predict.scores(model, [some])[0].copy()
        largest = max(largest, float(np.abs(mine - theirs)[theirs > GONE].max(initial=0)))
        mine[some] = theirs[some] = -np.inf
        same += int(mine.argmax() == theirs.argmax())
    return {"items": len(had), "same": same, "largest_difference": largest}
