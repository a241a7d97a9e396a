"""Why something stands in a list: which of what somebody had pulled it up most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cases.recommendation import predict

TELLING = 50  # of what somebody had, the latest, are asked which of them pulled


def of(model: Mapping[str, Any], had: list[int], items: np.ndarray) -> tuple[list[int | None], list[float]]:
    """For each of `items` the one of those somebody `had` that pulled it most, None where none did, and the pull:
    without it the score would be lower by that. A single one is the reason for everything, with a pull of 0: nothing
    would be left to score by.

    Args:
        model: as `predict.load` gives it.
        had, items: numbers of items.
    """
    latest = had[-TELLING:] if "list" in model["sessions"] else had[-min(TELLING, model["longest"]) :]
    if len(latest) == 1:
        return [latest[0]] * len(items), [0.0] * len(items)
    without = [[item for item in latest if item != one] for one in latest]
    pulls = np.zeros((len(latest), len(items)), np.float32)
    if "network" in model["sessions"]:
        scores = predict.people(model, [latest, *without]) @ model["vectors"][items, :-1].T
        pulls += scores[0] - scores[1:]
    if "list" in model["sessions"]:  # each says for an item what it says, whatever else there is
        counts = model["decay"] ** np.arange(len(latest) - 1, -1, -1)
        said = [(model["neighbours"][items] == one) * model["weights"][items] for one in latest]
        pulls += counts[:, None] * np.array([one.sum(1) for one in said])
    best, pull = pulls.argmax(0), pulls.max(0)
    return [latest[one] if force > 0 else None for one, force in zip(best, pull, strict=True)], pull.tolist()
