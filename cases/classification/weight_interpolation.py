"""How far the weights of a fine-tuned network go from its start, the linear probe, as far as the validation part bears
it; see `models.training.interpolation`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from safetensors.torch import load_model

from cases.classification import evaluation
from cases.classification.model_inputs import ModelInputs
from cases.training import config
from cases.training.context import TrainingContext
from models.errors import N_
from models.progress import ProgressReporter
from models.training import interpolation
from models.training.interpolation import Settled

ENOUGH = 0.75  # of what the best share of the way brings: one half of the way is less sure of itself where it errs
KEPT_START = N_(
    "The starting point was kept: fine-tuning was not clearly better. Mean probability of the true class on the "
    "validation set: {start:.0%}."
)
KEPT_BETWEEN = N_(
    "Weights between start and end were kept ({share:.0%} of the way). Mean probability of the true class on the "
    "validation set: {start:.0%} → {kept:.0%}."
)
KEPT_END = N_(
    "Fine-tuning beat its starting point, the linear probe. Mean probability of the true class on the validation set: "
    "{start:.0%} → {kept:.0%}."
)


class WeightInterpolation:
    """Of the network of `items`, which has the weights of its start; `settled`: where it ended."""

    def __init__(self, context: TrainingContext, items: ModelInputs) -> None:
        self.context, self.items, self.network = context, items, items.network
        self.start = interpolation.taken(self.network)
        self.settled: Settled | None = None

    @property
    def moved(self) -> bool:
        """Whether the network is no longer where it began."""
        return self.settled is not None and self.settled.share > 0

    def settle(self, at_start: np.ndarray, weights: Sequence[Path], report: ProgressReporter) -> None:
        """Leave the network, which is closed, with as much of what was learnt as the validation part bears.

        Args:
            at_start: (items,) errors of the start, see `errors`.
            weights: those that the network has, and others that the training may end with.
        """
        told = interpolation.settle(
            self.network, self.start, at_start, lambda: errors(*self.validated(report)),
            [partial(self._reach, one) for one in weights], ENOUGH,
        )  # fmt: skip
        self.settled = told
        note = {0.0: KEPT_START, 1.0: KEPT_END}.get(told.share, KEPT_BETWEEN)
        report.note(note, share=told.share, start=1 - told.start, kept=1 - told.kept)

    def validated(self, report: ProgressReporter) -> tuple[np.ndarray, np.ndarray]:
        """Scores (items, classes) and labels (items,) of the validation part, by the weights that the network has."""
        rows = self.context.rows["validation"]
        scores, _ = evaluation.forward(self.items, rows, self.context.device, report)
        return scores, self.context.labels[rows]

    def _reach(self, weights: Path) -> None:
        """Give the network, which is closed, the weights of a training."""
        config.open_up(self.network, self.context.settings)
        load_model(self.network, str(weights))
        config.close(self.network, self.context.settings)


def errors(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(items,) one less the probability of the item's class: unlike the cross-entropy, it has a bound, so a single item
    cannot decide where there are few."""
    return 1 - evaluation.probabilities(scores)[np.arange(len(labels)), labels]
