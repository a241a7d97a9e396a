"""What is known of a recording at a glance, gathered while it is read block by block."""

from __future__ import annotations

from typing import Any

import numpy as np

FACTS = {
    "seconds": 0.0, "rate": 0, "channels": 0, "peak": 0.0, "rms": 0.0, "mono": 0.0, "offset": 0.0, "silence": 1.0,
    "clipped": 0.0, "lies": False,
}  # fmt: skip
FULL = 0.98  # of full scale; loudest sample of 8 bits: 0.992
QUIET = 1e-4  # of the loudest window's power: 40 dB below it
NOTHING = 1e-7  # power: 70 dB below full scale
ABSURD = 1e6  # no file means a sample so far from full scale, which is 1
BLOCK = 2**20  # samples of all channels


class NotNumbers(Exception):
    """Some samples are no numbers, or far from any sound."""


class Meter:
    """Takes blocks of whole windows of 20 ms, `frames` at a time; only the last may be shorter."""

    def __init__(self, rate: int, channels: int) -> None:
        self.rate, self.channels = rate, channels
        self.window = max(1, rate // 50)
        self.frames = self.window * max(1, BLOCK // (self.window * channels))
        self.taken, self.flat, self.peak, self.sum, self.mixed = 0, 0, 0.0, 0.0, 0.0
        self.powers: list[np.ndarray] = []

    def take(self, block: np.ndarray) -> np.ndarray:
        """(frames, channels) float32, measured → (frames,), the mean of the channels.

        Raises:
            NotNumbers: see there.
        """
        if not np.isfinite(block).all() or np.abs(block).max() > ABSURD:
            raise NotNumbers
        loud = np.abs(block)
        self.peak = max(self.peak, float(loud.max()))
        self.flat += int(((loud[1:] >= FULL) & (block[1:] == block[:-1])).sum())
        self.sum += float(block.sum(dtype=np.float64))
        self.powers.append(self._powers(block))
        mono = block.mean(1)
        self.mixed += float(np.square(mono, dtype=np.float64).sum())
        self.taken += len(block)
        return mono

    def _powers(self, block: np.ndarray) -> np.ndarray:
        """The sum of squares of each window, over all channels."""
        squares = np.square(block, dtype=np.float64).sum(1)
        return np.add.reduceat(squares, np.arange(0, len(squares), self.window))

    def facts(self) -> dict[str, Any]:
        """Peak and root of the mean square are over all channels, as sox reckons; `mono` is that of their mean.

        silence: share of the windows 40 dB below the loudest; clipped: of the samples at full scale that repeat.
        """
        if not self.taken:
            return {**FACTS, "rate": self.rate, "channels": self.channels}
        powers, samples = np.concatenate(self.powers), self.taken * self.channels
        silent = powers <= max(QUIET * powers.max(), NOTHING * self.window * self.channels)
        return {
            **FACTS, "seconds": self.taken / self.rate, "rate": self.rate, "channels": self.channels, "peak": self.peak,
            "rms": float(np.sqrt(powers.sum() / samples)), "mono": float(np.sqrt(self.mixed / self.taken)),
            "offset": self.sum / samples, "silence": float(silent.mean()), "clipped": self.flat / samples,
        }  # fmt: skip
