"""How the answers of a model that was written down compare with those of the model in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

CLOSE = 1e-3  # two best scores nearer than this may fall either way on another machine
ENOUGH = 0.999  # of the items get the same label; where there are fewer, that is told


@dataclass(frozen=True)
class Agreement:
    """Items are numbered as they were given."""

    items: int
    same: int  # how many got the same label
    close: list[int]  # those of two labels that are all but equally likely
    wrong: list[int]  # the others whose label is another one
    largest: float | None  # the largest difference of a probability or score; None where there is none

    def as_json(self, names: Sequence[str]) -> dict[str, Any]:
        """With the names of items in place of their numbers; what there is none of is left out, but for `close`."""
        told: dict[str, Any] = {"items": self.items, "same": self.same, "close": [names[item] for item in self.close]}
        if self.wrong:
            told["wrong"] = [names[item] for item in self.wrong]
        if self.largest is not None:
            told["largest_difference"] = self.largest
        return told


def of_probabilities(expected: np.ndarray, answered: np.ndarray) -> Agreement:
    """Both are (items, classes)."""
    second, best = np.sort(expected, 1)[:, -2:].T
    same, close = expected.argmax(1) == answered.argmax(1), best - second <= CLOSE
    return _agreement(same, close, float(np.abs(expected - answered).max()))


def of_labels(
    expected: Sequence[str], answered: Sequence[str], close: np.ndarray, largest: float | None = None
) -> Agreement:
    """`close`: (items,) of which two labels are all but equally likely; those that got the same one are not told."""
    same = np.array([one == other for one, other in zip(expected, answered, strict=True)])
    return _agreement(same, close & ~same, largest)


def _agreement(same: np.ndarray, close: np.ndarray, largest: float | None) -> Agreement:
    wrong = np.flatnonzero(~same & ~close)
    return Agreement(len(same), int(same.sum()), np.flatnonzero(close).tolist(), wrong.tolist(), largest)
