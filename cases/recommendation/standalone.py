"""A recommender that other programs feed with the numbers of what somebody had: one ONNX file gives all scores."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto
from safetensors.numpy import load_file

from cases import splits, stored_settings
from cases.base import Evaluation
from cases.dataset import Dataset
from cases.ranking import split
from cases.ranking.interactions import Interactions
from cases.ranking.split import EvalQueries
from cases.recommendation import predict, standalone_predict
from cases.recommendation.settings import Settings
from cases.training import proof
from cases.training import standalone as files
from cases.training.proof import ProofItems
from cases.training.standalone import Script
from models.evaluation import agreement
from models.onnx import runtime, standalone
from models.onnx.graph import FLOAT, Graph
from models.onnx.standalone import Front
from models.progress import ProgressReporter

ITEMS, TENSORS = "items.json", "items.safetensors"
CHOICES = ("float32",)
SCRIPT = Script(Path(standalone_predict.__file__), ("onnxruntime", "numpy"))
LIST = "list/"  # begins the names of its tensors
GONE = -1e8  # scores below are those of items that were left out
RULE = (
    "Give the numbers of the items that somebody had, places in the lists of `items`, the earliest first, each once. "
    "Take the scores of these away, and those below `gone`. The highest that are left, ten for example, are the list."
)


def choices(bundle: Path) -> tuple[str, ...]:
    """See `cases.base.Task.standalone_choices`."""
    return CHOICES


def write(bundle: Path, folder: Path, choice: str, dataset: Dataset | None, report: ProgressReporter) -> dict[str, Any]:
    """See `cases.base.Task.standalone`."""
    stated = json.loads((bundle / "preprocessing.json").read_text("utf-8"))
    named = stated.get("parts", {"network": runtime.FILE})
    parts = {part: standalone.read(bundle / file) for part, file in named.items()}
    standalone.write(_joined(parts, load_file(bundle / TENSORS), stated), folder / runtime.FILE)
    shutil.copyfile(bundle / ITEMS, folder / ITEMS)
    return files.finish(folder, SCRIPT, {
        "kind": "ranking", "modality": "item", "file": runtime.FILE, "inputs": {"items": "int64 (had,)"},
        "outputs": {"scores": "float32 (items,)"}, "items": ITEMS, "gone": GONE, "rule": RULE, "choice": choice,
    })  # fmt: skip


def prove(
    bundle: Path, folder: Path, dataset: Dataset, evaluation: Evaluation, report: ProgressReporter
) -> dict[str, Any] | None:
    """See `cases.base.Task.prove_standalone`: on what people of the test part had, by the item that comes first and its
    score, as the bundle gives them; no accuracy is told."""
    asked, seed = _asked(bundle, dataset)
    places = proof.drawn(len(asked.people), seed)
    model, had = predict.load(bundle), [asked.had[place] for place in places]
    items = _items(model, had, len(asked.people))
    found, _answered = files.prove(folder, items, report)
    return files.as_json(found, items)


def _asked(bundle: Path, dataset: Dataset) -> tuple[EvalQueries, int]:
    """Whom the evaluation asked about, by the settings of the bundle; and their seed."""
    stored = json.loads((bundle / "settings.json").read_text("utf-8"))
    settings = Settings(**stored_settings.restored(Settings, stored))
    division = split.divide(Interactions.open(dataset, settings.min_rating), **splits.asked(settings))
    return division.asked("test", split.MOST_TESTED, settings.seed), settings.seed


def _items(model: dict[str, Any], had: list[np.ndarray], total: int) -> ProofItems:
    ids = model["ids"]
    given = [[ids[item] for item in some] for some in had]
    first, second = _best(model, had)

    def compare(answered: list[tuple[str, float]]) -> agreement.Agreement:
        names, reached = zip(*answered, strict=True)
        largest = float(np.abs(first[:, 1] - np.array(reached)).max())
        expected = [ids[int(item)] for item in first[:, 0]]
        return agreement.of_labels(expected, names, first[:, 1] - second <= agreement.CLOSE, largest)

    return ProofItems([str(n) for n in range(len(had))], given, np.array([*map(len, had)]), compare, total)


def _best(model: dict[str, Any], had: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Of each list by the bundle: (people, 2) the number of the first item and its score, and (people,) the score of
    the second."""
    first, second = np.zeros((len(had), 2)), np.zeros(len(had))
    for place, mine in enumerate(had):
        [row] = predict.scores(model, [mine])
        row[mine] = -np.inf
        first[place] = row.argmax(), row.max()
        second[place] = np.partition(row, -2)[-2]
    return first, second


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
