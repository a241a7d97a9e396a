"""Sounds for the Audio Spectrogram Transformer: the spectrogram of the recogniser Kaldi.

Y. Gong et al., "AST: Audio Spectrogram Transformer", 2021. Kaldi's mel scale is 1127 ln(1 + f / 700 Hz), its filters
are triangles on that scale (D. Povey et al., "The Kaldi Speech Recognition Toolkit", 2011).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from models.mel import RATE, STEP, WINDOW

BINS = 512  # of the Fourier transform
LOWEST = 20  # Hz
EMPHASIS = 0.97  # of the sample before that is taken off each
FLOOR = 2.0**-23  # least power


@dataclass(frozen=True)
class AstEars:
    """The natural logarithm of the power in each band, in as many windows of `window` frames as it takes."""

    bands: int
    window: int

    scale, tail = "natural", 0

    @classmethod
    def of(cls, config: Mapping[str, Any], preprocessor: Mapping[str, Any]) -> AstEars:
        """Those of a network with this config, as transformers' `ASTFeatureExtractor` has them."""
        return cls(config.get("num_mel_bins", preprocessor.get("num_mel_bins", 128)), config.get("max_length", 1024))

    def frames(self, wave: np.ndarray) -> np.ndarray:
        wave = np.pad(wave, (0, max(0, WINDOW - len(wave)))).astype(float)
        windows = np.lib.stride_tricks.sliding_window_view(wave, WINDOW)[::STEP]
        centred = windows - windows.mean(1, keepdims=True)
        before = np.concatenate([centred[:, :1], centred[:, :-1]], 1)
        power = np.abs(np.fft.rfft((centred - EMPHASIS * before) * np.hanning(WINDOW), BINS)) ** 2
        return np.log(np.maximum(power @ _filters(self.bands), FLOOR)).astype(np.float32)

    def power(self, frames: np.ndarray) -> np.ndarray:
        return np.exp(frames.astype(float))

    def cost(self, samples: int) -> int:
        return self.window * -(-samples // (self.window * STEP))


@cache
def _filters(bands: int) -> np.ndarray:
    """(257, bands): the weight of each frequency in each band."""
    mels = _mels(np.linspace(0, RATE / 2, BINS // 2 + 1))[:, None]
    edges = np.linspace(_mels(LOWEST), _mels(RATE / 2), bands + 2)
    rising, falling = (mels - edges[:-2]) / np.diff(edges)[:-1], (edges[2:] - mels) / np.diff(edges)[1:]
    return np.maximum(0, np.minimum(rising, falling))


def _mels(hertz: np.ndarray | float) -> np.ndarray:
    return 1127 * np.log1p(np.asarray(hertz) / 700)
