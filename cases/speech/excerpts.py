"""Parts of a sound alone, and the sound without them: faded in and out, so that nothing clicks."""

from __future__ import annotations

import numpy as np

from cases.speech.audio.features import RATE, STEP

FADE = 0.02  # seconds


def apart(wave: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """With only the moments that are `chosen`, and without them; together they are the whole.

    Args:
        wave: (samples,) at 16 kHz.
        chosen: (moments,) bool, of a hundredth of a second each.
    """
    kernel = np.hanning(round(FADE * RATE) + 2)[1:-1]
    sharp = np.resize(np.repeat(chosen, STEP), len(wave)).astype(float)
    wide = np.pad(sharp, (len(kernel) // 2, len(kernel) - 1 - len(kernel) // 2), mode="edge")
    kept = np.convolve(wide, kernel / kernel.sum(), "valid").astype(np.float32)
    return wave * kept, wave * (1 - kept)


def stretches(chosen: np.ndarray) -> list[tuple[float, float]]:
    """Begin and end of each, in seconds."""
    edges = np.flatnonzero(np.diff(chosen.astype(int), prepend=0, append=0)) * STEP / RATE
    return [(float(begin), float(end)) for begin, end in edges.reshape(-1, 2)]
