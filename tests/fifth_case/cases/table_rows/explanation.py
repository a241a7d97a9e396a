"""Which columns spoke for a class: how far its score falls where one of them is missing, one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cases.base import Item
from cases.classification import explanation
from cases.table_rows import predict


def explain(bundle: Path, item: Item, folder: Path) -> dict[str, Any]:
    """See `Task.explain`: the lines of the row as words, each with its weight."""
    model = predict.load(bundle)
    text = item.file.read_text("utf-8") if item.file else str(item.dataset.samples.at[item.row, "text"])
    row = predict.parse(text)
    shares = predict.predict(model, [row])[0]
    asked = explanation.wanted(model["labels"], shares, item.truth)
    words = {name: _weights(model, row, number) for name, number in asked.items()}
    return {**explanation.told(model["labels"], shares, item.truth), "pictures": [], "words": words, "unseen": 0}


def _weights(model: Mapping[str, Any], row: Mapping[str, str], target: int) -> list[tuple[str, float]]:
    """The lines of the row; their weights are shares of the largest."""
    without = [{name: value for name, value in row.items() if name != left} for left in row]
    scores = predict.scores(model, [row, *without])
    scores -= scores.mean(1, keepdims=True)  # only how a score differs from the others tells classes apart
    spoke = scores[0, target] - scores[1:, target]
    most = float(np.abs(spoke).max(initial=0.0)) or 1.0
    return [
        (f"{name}: {value}\n", float(weight) / most) for (name, value), weight in zip(row.items(), spoke, strict=True)
    ]
