"""Sounds for networks that hear the samples themselves: wav2vec 2.0 and HuBERT."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models import mel
from models.mel import STEP

BANDS = 80  # to be looked at
HEAVY = 4  # times what a frame of Whisper costs in its place


@dataclass(frozen=True)
class WaveEars:
    """The samples, brought to mean 0 and deviation 1 if `normalised`; at least the `least` of them that are needed.

    A. Baevski et al., "wav2vec 2.0: A Framework for Self-Supervised Learning of Speech Representations", 2020.
    """

    normalised: bool
    least: int

    scale, tail = "wave", 0

    @classmethod
    def of(cls, config: Mapping[str, Any], preprocessor: Mapping[str, Any]) -> WaveEars:
        """Those of a network with this config, as transformers' `Wav2Vec2FeatureExtractor` has them."""
        least = 1
        for kernel, stride in zip(reversed(config["conv_kernel"]), reversed(config["conv_stride"]), strict=True):
            least = (least - 1) * stride + kernel
        return cls(preprocessor.get("do_normalize", True), least)

    def frames(self, wave: np.ndarray) -> np.ndarray:
        """(samples, 1): a frame is a sample."""
        if self.normalised:
            wave = (wave - wave.mean()) / np.sqrt(wave.var() + 1e-7)
        return np.pad(wave, (0, max(0, self.least - len(wave)))).astype(np.float32)[:, None]

    def power(self, frames: np.ndarray) -> np.ndarray:
        return mel.power(frames[:, 0], len(frames) // STEP + 1, edge="silence") @ mel.filters(BANDS)

    def cost(self, samples: int) -> int:
        return HEAVY * (max(samples, self.least) // STEP + 1)
