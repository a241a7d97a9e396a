"""What stands between probabilities and an answer: a temperature, and the threshold below which a model is not sure.

A bundle has this file beside its predict.py, and what was chosen in decision.json. It needs numpy, and nothing of
Casebook.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FILE = "decision.json"
LEAST = float(np.finfo(np.float32).tiny)  # a probability below it counts as so much, for its logarithm
BEST = 3  # guesses that are told where the answer is “not sure”


@dataclass(frozen=True)
class Decision:
    """`temperature` 1 leaves probabilities as they are; without a `threshold` every answer counts."""

    temperature: float = 1.0
    threshold: float | None = None

    def tempered(self, probabilities: np.ndarray) -> np.ndarray:
        """(…, classes) as `tempered` gives them."""
        return tempered(probabilities, self.temperature)

    def is_unsure(self, probability: float) -> bool:
        """Whether an answer whose first class has this probability is “not sure”."""
        return self.threshold is not None and probability < self.threshold

    def told(self, labels: Sequence[str], probabilities: np.ndarray) -> str:
        """The answer of one item, with tabs: its class and probability, or “not sure” and the best guesses."""
        order = np.argsort(-probabilities, kind="stable")
        if not self.is_unsure(float(probabilities[order[0]])):
            return f"{labels[order[0]]}\t{probabilities[order[0]]:.3f}"
        return "\t".join(["not sure", *(f"{labels[n]} {probabilities[n]:.3f}" for n in order[:BEST])])


def read(folder: str | Path) -> Decision:
    """What was chosen for the bundle in this folder; one without the file changes nothing."""
    file = Path(folder) / FILE
    return Decision(**json.loads(file.read_text("utf-8"))) if file.exists() else Decision()


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """(…, classes) of scores divided by the temperature (Guo et al. 2017), from the probabilities of the scores alone.

    Above 1 they move towards one another, below 1 apart; which is the largest never changes.
    """
    if temperature == 1:
        return probabilities
    powers = np.log(np.maximum(probabilities, LEAST, dtype=np.float64)) / temperature
    shares = np.exp(powers - powers.max(-1, keepdims=True))
    return shares / shares.sum(-1, keepdims=True)
