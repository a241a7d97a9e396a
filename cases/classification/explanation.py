"""What an explanation is about: the class that was named, and the right one where that is another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import load_file

from cases.base import Item
from cases.dataset import Dataset
from models.heads.head import Head


def head_of(bundle: Path, activation: str) -> Head:
    """The head in a saved bundle, to be asked about."""
    weights = load_file(bundle / "head.safetensors")
    classes, hidden = len(weights["output.bias"]), len(weights.get("hidden.bias", ()))
    head = Head(len(weights["mean"]), classes, hidden=hidden, activation=activation, dropout=0.0).eval()
    head.load_state_dict(weights)
    return head


def row_of(item: Item) -> tuple[Dataset, int]:
    """The data set and the row in it that an item without a file names."""
    if item.dataset is None:
        raise ValueError("An item to explain is a file, or a row of a data set.")
    return item.dataset, item.row


def wanted(labels: Sequence[str], shares: np.ndarray, truth: str | None) -> dict[str, int]:
    """Which classes are explained: predicted, and truth where it is known to be another, with their numbers."""
    asked = {"predicted": int(shares.argmax())}
    if truth in labels and labels.index(truth) != asked["predicted"]:
        asked["truth"] = labels.index(truth)
    return asked


def told(labels: Sequence[str], shares: np.ndarray, truth: str | None) -> dict[str, Any]:
    """What every explanation says first; `shares`: (classes,) the probability of each."""
    return {
        "predicted": labels[int(shares.argmax())],
        "confidence": float(shares.max()),
        "truth": truth if truth in labels else None,
    }
