"""A classifier as a folder that needs no server and no Python: one ONNX file from raw inputs on, and `model.json`.

`model.json` tells a page all it needs; docs/standalone-model.md says what stands in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto

from cases.base import Evaluation
from cases.classification import predictor
from cases.training import proof
from cases.training import standalone as files
from cases.training.proof import ProofItems
from cases.training.standalone import Script
from models.evaluation import agreement, calibration, decision
from models.onnx import quantization, runtime, standalone
from models.onnx.graph import Graph
from models.onnx.standalone import Front
from models.progress import ProgressReporter


def opened(bundle: Path, bits: int) -> ModelProto:
    """The network of a bundle with its weights inside, in so many bits.

    Raises:
        InputError: it has no portable model, or that cannot be one file.
    """
    model = standalone.read(predictor.portable(bundle))
    quantization.quantize(model, bits)
    return model


def write(
    folder: Path, bundle: Path, model: ModelProto, told: Mapping[str, Any], script: Script, *, choice: str,
    front: Front | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Write the model into `folder`, where its other files are, and `model.json`, whose content is returned.

    Args:
        told: what the case adds.
        front: what stands before the network from now on; None where it takes what it took.
    """
    if front is not None:
        standalone.precede(model, front)
    chosen = decision.read(bundle)
    if chosen.temperature != 1:
        _temper(model, chosen.temperature)
    standalone.write(model, folder / runtime.FILE)
    return files.finish(folder, script, {
        "kind": "classification", "file": runtime.FILE,
        "classes": json.loads((bundle / "labels.json").read_text("utf-8")), "abstain": chosen.threshold, **told,
        "choice": choice,
    })  # fmt: skip


def _temper(model: ModelProto, temperature: float) -> None:
    """Give its probabilities by this temperature, as `models.evaluation.decision.tempered` does."""
    after = Graph("tempered")
    powers = after.Div(after.Log(after.Max("untempered", decision.LEAST)), temperature)
    standalone.amend(model, after, "untempered", after.Softmax(powers, axis=-1))


def prove(
    bundle: Path, folder: Path, evaluation: Evaluation, given: Callable[[np.ndarray], list[Any]],
    sizes: Callable[[np.ndarray], np.ndarray], report: ProgressReporter,
) -> dict[str, Any] | None:  # fmt: skip
    """See `cases.base.Task.prove_standalone`; None where single answers were not kept.

    Args:
        given: rows of the data set → what the script of the folder takes.
        sizes: rows → (rows,) how long each is.
    """
    if evaluation.outcome is None:
        return None
    tested = evaluation.outcome.of("test")
    seed = json.loads((bundle / "settings.json").read_text("utf-8"))["seed"]
    some = tested.at(proof.drawn(len(tested.rows), seed))
    if not len(some.rows):
        return None
    compare = partial(agreement.of_probabilities, some.probabilities)
    names = [str(row) for row in some.rows]
    items = ProofItems(names, given(some.rows), sizes(some.rows), compare, len(tested.rows))
    found, answered = files.prove(folder, items, report)
    right = answered.argmax(1) == some.labels
    return files.as_json(
        found, items, metric="accuracy", value=float(right.mean()), value_full=float(some.right.mean()),
        bands=[[*band] for band in calibration.bands(answered.max(1), right)],
    )  # fmt: skip
