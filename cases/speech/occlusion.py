"""Which moments of a sound spoke for a class, and the fewest that suffice.

What a moment is worth is what silencing it takes from the class's score (occlusion, Zeiler & Fergus 2014, "Visualizing
and Understanding Convolutional Networks"). The moments worth most are then heard alone, one more each time, until the
class is nearly as sure as it gets (after Carter et al. 2019, "What made you do this? Understanding black-box decisions
with sufficient input subsets"): so what is said to matter does make the model say so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from cases.speech import excerpts
from cases.speech.audio.features import STEP

SHORTEST = 16  # moments, of a hundredth of a second each, that are silenced at once: about a sound of speech
MOST = 24  # stretches of a sound, each half over the next
ENOUGH = 0.9  # of the highest probability that parts of the sound are given

Ask = Callable[[Sequence[np.ndarray]], np.ndarray]  # sounds, each (samples,) → scores (sounds, classes)


@dataclass(frozen=True)
class OcclusionAttribution:
    """`weights`: (moments,) from -1 to 1, what each is worth; `chosen`: (moments,) bool, the fewest that suffice."""

    weights: np.ndarray
    chosen: np.ndarray


def find(wave: np.ndarray, targets: Mapping[str, int], ask: Ask) -> dict[str, OcclusionAttribution]:
    """Of each of the `targets`, the numbers of classes."""
    parts = stretches(-(-len(wave) // STEP))
    silenced = ask([wave, *(excerpts.apart(wave, part)[1] for part in parts)])
    lost = silenced[0] - silenced[1:]  # (stretches, classes)
    return {name: _of(wave, parts, lost[:, target], target, ask) for name, target in targets.items()}


def stretches(moments: int) -> np.ndarray:
    """(stretches, moments) bool, which cover all of a sound."""
    half = max(SHORTEST // 2, math.ceil(moments / MOST))
    starts = np.arange(0, max(moments - half, 1), half)
    at = np.arange(moments)
    return (at >= starts[:, None]) & (at < starts[:, None] + 2 * half)


def _of(wave: np.ndarray, parts: np.ndarray, lost: np.ndarray, target: int, ask: Ask) -> OcclusionAttribution:
    weights = lost @ parts / parts.sum(0)
    grown = np.logical_or.accumulate(parts[np.argsort(-lost, kind="stable")])
    sure = softmax(ask([excerpts.apart(wave, chosen)[0] for chosen in grown]), 1)[:, target]
    chosen = grown[np.argmax(sure >= ENOUGH * sure.max())]
    return OcclusionAttribution(weights / max(np.abs(weights).max(), 1e-12), chosen)
