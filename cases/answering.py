"""What answers from a saved bundle share: the portable model, its classes, and the answer it gives."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from cases.base import Answer, Moment
from models import portable
from models.errors import N_, InputError


def load(bundle: Path) -> tuple[Callable[[Mapping[str, np.ndarray]], np.ndarray], tuple[str, ...]]:
    """The model, as `models.portable.load` gives it, and the classes in the order of its output.

    Raises:
        InputError: the bundle has no portable model.
    """
    if not (bundle / portable.FILE).exists():
        raise InputError(
            found=N_("This run has no portable model."),
            expected=N_("Answers come from the ONNX file of the bundle."),
            remedy=N_("Train again, or download the model and use its predict.py."),
        )
    labels = tuple(json.loads((bundle / "labels.json").read_text("utf-8")))
    return portable.load(bundle / portable.FILE), labels


def answer(labels: tuple[str, ...], shares: np.ndarray, shown: str = "", moments: tuple[Moment, ...] = ()) -> Answer:
    """`shares`: (classes,) the probability of each."""
    order = np.argsort(-shares, kind="stable")
    return Answer(tuple(labels[i] for i in order), tuple(map(float, shares[order])), shown, moments)
