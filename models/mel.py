"""Spectrograms on the mel scale, as hearing divides pitches; without torch, so that predictions need none.

The scale and the filters are those of M. Slaney, "Auditory Toolbox", 1998: even steps below 1 kHz and even ratios
above it; each filter is a triangle of area one over its neighbours.
"""

from __future__ import annotations

from functools import cache

import numpy as np

RATE = 16_000  # samples a second
WINDOW, STEP = 400, 160  # samples: 25 and 10 milliseconds
_BREAK, _EVEN, _RATIO = 1000.0, 200 / 3, 27 / np.log(6.4)  # Hz, Hz a mel below it, mels above it for each e-fold


def power(wave: np.ndarray, frames: int, *, edge: str) -> np.ndarray:
    """(samples,) → (frames, 201) float64: the power of each frequency around every tenth of a hundredth of a second.

    Frame f is centred at sample `STEP` × f. After the sound comes silence; before it silence, or with the edge
    "reflect" the sound backwards.
    """
    half = WINDOW // 2
    sound = np.zeros((frames - 1) * STEP + half + 1)  # long enough to be reflected
    sound[: len(wave)] = wave[: len(sound)]
    sound = np.pad(sound, (half, 0), **({"mode": "reflect"} if edge == "reflect" else {}))
    windows = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::STEP][:frames]
    return np.abs(np.fft.rfft(windows * _hann())) ** 2


@cache
def _hann() -> np.ndarray:
    return np.hanning(WINDOW + 1)[:-1]


@cache
def filters(bands: int) -> np.ndarray:
    """(201, bands): the weight of each frequency in each band, from 0 to 8 kHz."""
    frequencies = np.linspace(0, RATE / 2, WINDOW // 2 + 1)[:, None]
    edges = _hertz(np.linspace(0, _mels(RATE / 2), bands + 2))
    rising = (frequencies - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequencies) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(rising, falling)) * 2 / (edges[2:] - edges[:-2])


def _mels(hertz: float) -> float:
    return _BREAK / _EVEN + np.log(hertz / _BREAK) * _RATIO


def _hertz(mels: np.ndarray) -> np.ndarray:
    at_break = _BREAK / _EVEN
    return np.where(mels < at_break, mels * _EVEN, _BREAK * np.exp(np.maximum(mels - at_break, 0) / _RATIO))
