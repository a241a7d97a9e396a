"""What a profile measured, and what it says of a whole run. No torch: pages reckon with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

SCATTERED = 1.2  # times what tensors hold, so much PyTorch takes of a card at most; reckoned, not measured


@dataclass(frozen=True)
class CostEstimate:
    """Seconds and megabytes, measured on one machine for one network and batch size.

    Seconds. `build`: to have the network; `prepare`: for each sample, before training; `choose`: for the baselines that
    every run is compared with; `start`: of the training itself; `step`: of a step apart from its items; `item`: of an
    item in a step; `look`: of an item that is only looked at; `epoch`: of the end of an epoch; `judge`: of the
    evaluation apart from its items; `evaluate`: for each item of the test part; `pack`: to write the bundle and load it
    again; `packed`: for each test item that the portable file is asked about. `tried`: networks that are tried before,
    for `short` epochs each.

    Memory that is held. `base_mb`: the most before training, which the process keeps; `state_mb`: for what learns;
    `item_mb`: for each item of a batch, the largest there are; `looking_mb`: for those that are looked at together;
    `copy_mb`: for a checkpoint while it is written; `pack_mb`: the most while packing; `mapped_mb`: files that lie in
    memory as they do on the disk; `sample_mb`: for each sample; `spared_mb`: of the whole, where it depends on what is
    learnt whether a part is packed.
    """

    build: float
    prepare: float
    choose: float
    start: float
    step: float
    item: float
    look: float
    epoch: float
    judge: float
    evaluate: float
    pack: float
    packed: float
    base_mb: float
    state_mb: float
    item_mb: float
    looking_mb: float
    copy_mb: float
    pack_mb: float
    mapped_mb: float
    sample_mb: float
    tried: int = 0
    short: int = 0
    spared_mb: float = 0.0

    def seconds(self, counts: Mapping[str, int], *, epochs: int, batch_size: int) -> dict[str, float]:
        """Of each phase, for so many items in train, validation and test."""
        steps = ceil(counts["train"] / batch_size)
        each = steps * self.step + counts["train"] * self.item + counts["validation"] * self.look + self.epoch
        return {
            "prepare": self.build + self.prepare * sum(counts.values()) + self.choose,
            "train": self.start + (self.tried * min(self.short, epochs) + epochs) * each,
            "evaluate": self.judge + counts["test"] * self.evaluate,
            "export": self.pack + counts["test"] * self.packed,
        }

    def memory_mb(self, counts: Mapping[str, int], *, batch_size: int) -> float:
        """The most of any phase. What was freed lies in pieces: an evaluation finds room for itself in about half of
        what a step has freed, a checkpoint in nothing of it."""
        step = batch_size * self.item_mb
        evaluation = max(self.looking_mb - step / 2, 0.0)
        learning = self.base_mb + self.state_mb + step + evaluation + self.copy_mb
        files = self.mapped_mb + sum(counts.values()) * self.sample_mb
        return files + max(learning, self.pack_mb)

    def card_mb(self, counts: Mapping[str, int], *, batch_size: int) -> int:
        """MB of a graphics card that a run takes by this, where it was measured on one: more than is held there, since
        tensors lie in pieces."""
        return ceil(SCATTERED * self.memory_mb(counts, batch_size=batch_size))
