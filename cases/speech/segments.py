"""A long recording in windows as long as the recordings that a model learnt from: what it says of each moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from cases.base import Segment
from cases.speech.audio.features import LONGEST, RATE

SHORTEST = 0.5  # seconds
MOST = 240  # windows
QUIET, NOTHING = 1e-4, 1e-7  # of the loudest step's power: 40 dB below it is silence; power: 70 dB below full scale


def usual(lengths: np.ndarray) -> float:
    """Seconds that most recordings of these `lengths` in samples have, or less."""
    return round(min(max(float(np.median(lengths)) / RATE, SHORTEST), LONGEST / RATE), 2)


def moments(
    wave: np.ndarray, window: float, labels: Sequence[str], ask: Callable[[Sequence[np.ndarray]], np.ndarray]
) -> tuple[Segment, ...]:
    """The labels of a sound (samples,) one after the other; none where it is hardly longer than a window.

    Args:
        window: seconds.
        ask: sounds → probabilities (sounds, classes).
    """
    size = round(window * RATE)
    if len(wave) < 2 * size:
        return ()
    step = max(size // 2, -(-(len(wave) - size) // (MOST - 1)))
    starts = np.arange(0, min(len(wave) - size + step, len(wave)), step)  # the last may reach beyond the end
    shares = ask([wave[start : start + size] for start in starts])
    edges = np.append(starts, len(wave))  # each step is covered by its own window and, by half, the one before it
    covered = np.concatenate([shares[:1], (shares[1:] + shares[:-1]) / 2]) if step < size else shares
    best = np.where(_silent(wave, starts), len(labels), covered.argmax(1))
    return _joined(edges / RATE, best, np.pad(covered, ((0, 0), (0, 1))), [*labels, ""])


def _silent(wave: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """(steps,) bool"""
    powers = np.add.reduceat(np.square(wave, dtype=np.float64), starts) / np.diff(starts, append=len(wave))
    return powers <= max(QUIET * powers.max(), NOTHING)


def _joined(edges: np.ndarray, best: np.ndarray, shares: np.ndarray, labels: Sequence[str]) -> tuple[Segment, ...]:
    """Neighbours with the same likeliest label, whose numbers are `best`, are one moment."""
    begins = np.flatnonzero(np.diff(best, prepend=-1))
    ends = np.append(begins[1:], len(best))
    spans = list(zip(begins.tolist(), ends.tolist(), best[begins].tolist(), strict=True))
    times = [(float(edges[begin]), float(edges[end])) for begin, end, _ in spans]
    sure = [float(shares[begin:end, label].mean()) for begin, end, label in spans]
    return tuple(
        Segment(*time, labels[label], share) for time, (_, _, label), share in zip(times, spans, sure, strict=True)
    )
