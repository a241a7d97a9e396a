"""A long recording is answered from moment to moment.

Windows as long as the recordings that were learnt from, each half over the next, are answered one by one. Every half is
what the two over it say on average; neighbours that say the same are joined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

import numpy as np

from cases.base import Stretch
from models.mel import RATE

LEAST = 3  # windows; a shorter recording is answered as a whole
MOST = 240  # windows; of a longer recording they are longer
SHORTEST = 0.5  # seconds of a window
QUIET = 1e-4  # of the loudest half's power: 40 dB below it nothing is told
NOTHING = 1e-7  # power: 70 dB below full scale

Ask = Callable[[Sequence[np.ndarray]], np.ndarray]  # sounds → (sounds, classes)


def stretches(wave: np.ndarray, usual: float, labels: Sequence[str], ask: Ask) -> tuple[Stretch, ...]:
    """What is said along `wave`, (samples,) at 16 kHz; none where it is short. `usual`: seconds of what was learnt."""
    half = max(round(max(usual, SHORTEST) * RATE), 2 * len(wave) // MOST) // 2
    if len(wave) < LEAST * 2 * half:
        return ()
    starts = np.arange(0, len(wave), half)
    shares = _shares([wave[start : start + 2 * half] for start in starts[:-1]], ask)  # (halves, classes)
    said = [labels[best] for best in shares.argmax(1)]
    powers = np.add.reduceat(np.square(wave, dtype=np.float64), starts) / half
    said = ["" if power <= max(QUIET * powers.max(), NOTHING) else label
            for label, power in zip(said, powers, strict=True)]  # fmt: skip
    return _joined(said, shares.max(1), starts / RATE, len(wave) / RATE)


def _shares(windows: Sequence[np.ndarray], ask: Ask) -> np.ndarray:
    """Of each half: the first and the last have one window over them."""
    answered = ask(windows)
    return np.vstack([answered[:1], (answered[1:] + answered[:-1]) / 2, answered[-1:]])


def _joined(said: Sequence[str], sure: np.ndarray, starts: np.ndarray, end: float) -> tuple[Stretch, ...]:
    ends, found = [*starts[1:], end], []
    for label, some in groupby(range(len(said)), key=lambda at: said[at]):
        places = list(some)
        share = float(sure[places].mean()) if label else 0.0
        found.append((float(starts[places[0]]), float(ends[places[-1]]), label, share))
    return tuple(found)
