"""The lists of baselines for somebody's items, without torch: they stand beside the model's where it is tried."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

POPULARITY, ITEM_KNN = "popularity", "item_knn"  # as `Baseline.name`


@dataclass(frozen=True, eq=False)
class Beside:
    """`counts` (items,): how many people of the training part have each; `neighbours` and `weights` (items, kept): of
    each item those that speak for it. None of a run from before these were kept, or of a bundle that left its run."""

    counts: np.ndarray | None = None
    neighbours: np.ndarray | None = None
    weights: np.ndarray | None = None

    @classmethod
    def open(cls, path: Path) -> Beside:
        from safetensors.numpy import load_file

        return cls(**load_file(path)) if path.exists() else cls()

    def lists(self, had: list[int], people: list[int]) -> dict[str, np.ndarray]:
        """Baseline → (items,) its scores for somebody who had these; `people` (items,) count where nothing better is
        kept."""
        found = {POPULARITY: np.asarray(people if self.counts is None else self.counts, np.float64)}
        if self.neighbours is not None and self.weights is not None:
            mine = np.zeros(len(people), np.float32)
            mine[had] = 1
            found[ITEM_KNN] = (mine[self.neighbours] * self.weights).sum(1)
        return found
