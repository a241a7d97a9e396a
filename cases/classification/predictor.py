"""What answers from a saved bundle share: the portable model, its classes, and the answer it gives."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from cases.base import Prediction, Segment
from models.errors import N_, InputError
from models.evaluation import decision
from models.onnx import runtime


def load(bundle: Path) -> tuple[Callable[[Mapping[str, np.ndarray]], np.ndarray], tuple[str, ...]]:
    """The model, as `models.onnx.runtime.load` gives it, and the classes in the order of its output.

    Its probabilities are those by the temperature that stands in the bundle when it is asked.

    Raises:
        InputError: the bundle has no portable model.
    """
    network = runtime.load(portable(bundle))

    def model(inputs: Mapping[str, np.ndarray]) -> np.ndarray:
        return decision.read(bundle).tempered(network(inputs))

    return model, tuple(json.loads((bundle / "labels.json").read_text("utf-8")))


def portable(bundle: Path) -> Path:
    """The portable model of a bundle.

    Raises:
        InputError: it has none.
    """
    if not (bundle / runtime.FILE).exists():
        raise InputError(
            found=N_("This run has no ONNX model."),
            expected=N_("Predictions need the ONNX file of the bundle."),
            remedy=N_("Train again, or download the model and use its predict.py."),
        )
    return bundle / runtime.FILE


def answer(
    labels: tuple[str, ...], shares: np.ndarray, shown: str = "", moments: tuple[Segment, ...] = ()
) -> Prediction:
    """`shares`: (classes,) the probability of each."""
    order = np.argsort(-shares, kind="stable")
    return Prediction(tuple(labels[i] for i in order), tuple(map(float, shares[order])), shown, moments)
