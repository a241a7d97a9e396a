"""What a rehearsal measured, and what it says of a whole run. No torch: pages reckon with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True)
class Pace:
    """Seconds and megabytes, measured on one machine for one network and batch size.

    `build`: to have the network; `prepare`: for each sample, before training; `start`: of the training itself; `step`:
    of a step apart from its items; `item`: of an item in a step; `look`: of an item that is only looked at; `epoch`:
    of the end of an epoch. `base_mb`: held before training; `sample_mb`: for each sample; `item_mb`: for each item of
    a batch; `state_mb`: for what learns. `tried`: epochs of what is tried before.
    """

    build: float
    prepare: float
    start: float
    step: float
    item: float
    look: float
    epoch: float
    base_mb: float
    sample_mb: float
    item_mb: float
    state_mb: float
    tried: int = 0

    def seconds(self, counts: Mapping[str, int], *, epochs: int, batch_size: int) -> dict[str, float]:
        """Of each phase, for so many items in train, validation and test."""
        steps = ceil(counts["train"] / batch_size)
        each = steps * self.step + counts["train"] * self.item + counts["validation"] * self.look + self.epoch
        return {
            "prepare": self.build + self.prepare * sum(counts.values()),
            "train": self.start + (self.tried + epochs) * each,
            "evaluate": counts["test"] * self.look,
        }

    def memory_mb(self, counts: Mapping[str, int], *, batch_size: int) -> float:
        return self.base_mb + self.state_mb + sum(counts.values()) * self.sample_mb + batch_size * self.item_mb
