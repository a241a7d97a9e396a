"""How far the weights of a fine-tuned network go from its start, the linear probe, as far as the validation part bears
it; see `models.training.interpolation`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
import torch

from cases.classification import network_scores
from cases.classification.model_inputs import ModelInputs
from cases.classification.network_scores import Answers
from cases.training import config
from cases.training.context import TrainingContext
from models.errors import N_
from models.heads import linear_probe
from models.progress import ProgressReporter
from models.storage import checksums
from models.training import checkpoints, interpolation, learnt_weights
from models.training.interpolation import Settled

KEPT_START = N_(
    "The starting point was kept: fine-tuning was not clearly better. Mean probability of the true class on the "
    "validation set, after temperature scaling: {start:.1%}."
)
KEPT_BETWEEN = N_(
    "Weights between start and end were kept ({share:.0%} of the way). Mean probability of the true class on the "
    "validation set, after temperature scaling: {start:.1%} → {kept:.1%}."
)
KEPT_END = N_(
    "Fine-tuning beat its starting point, the linear probe. Mean probability of the true class on the validation set, "
    "after temperature scaling: {start:.1%} → {kept:.1%}."
)


class WeightInterpolation:
    """Of the network of `items`, which has the weights of its start; `settled`: where it ended."""

    def __init__(self, context: TrainingContext, items: ModelInputs) -> None:
        self.context, self.items, self.network = context, items, items.network
        self.start = interpolation.taken(self.network)
        self.settled: Settled | None = None
        self.answers: Answers | None = None  # by the weights that the network was left with, where they are known

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
            [partial(self.reach, one) for one in weights],
        )  # fmt: skip
        if (told.end, told.share) != (len(weights) - 1, interpolation.SHARES[-1]):  # others were tried last
            self.answers = None
        self._keep(told)
        self._take(told, report)

    def resume(self, told: Settled, weights: Sequence[Path], report: ProgressReporter) -> None:
        """The same where `told` was settled before."""
        interpolation.resume(self.network, self.start, told, [partial(self.reach, one) for one in weights])
        self._take(told, report)

    def known(self) -> Settled | None:
        """What was settled of a training that is over."""
        folder = self.context.place.folder
        try:
            kept = json.loads((folder / checkpoints.SETTLED).read_text("utf-8"))
            told, trained = Settled(**kept["settled"]), kept["trained"]
        except (OSError, ValueError, KeyError, TypeError):  # nothing was, or the file is damaged
            return None
        ends = checkpoints.ends(folder)
        over = checkpoints.weights_are_whole(ends[0]) and told.end < len(ends)
        return told if over and trained == checkpoints.trained(folder) else None

    def _keep(self, told: Settled) -> None:
        folder = self.context.place.folder
        kept = {"trained": checkpoints.trained(folder), "settled": asdict(told)}
        checksums.replace(folder / checkpoints.SETTLED, json.dumps(kept))

    def _take(self, told: Settled, report: ProgressReporter) -> None:
        self.settled = told
        note = {0.0: KEPT_START, 1.0: KEPT_END}.get(told.share, KEPT_BETWEEN)
        report.note(note, share=told.share, start=1 - told.start, kept=1 - told.kept)

    def validated(self, report: ProgressReporter) -> tuple[np.ndarray, np.ndarray]:
        """Scores (items, classes) and labels (items,) of the validation part, by the weights that the network has."""
        rows = self.context.rows["validation"]
        self.answers = Answers(*network_scores.forward(self.items, rows, self.context.device, report))
        return self.answers.scores, self.context.labels[rows]

    def reach(self, weights: Path) -> None:
        """Give the network, which is closed, the weights of a training; the file may have only what learnt in it."""
        interpolation.put_back(self.network, self.start)
        config.open_up(self.network, self.context.settings)
        learnt_weights.load(self.network, weights)
        config.close(self.network, self.context.settings)


def errors(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(items,) one less the probability of the item's class: unlike the cross-entropy, it has a bound, so a single item
    cannot decide where there are few. At the temperature that suits the scores best (Guo et al. 2017): an end that is
    no more often right, but surer of itself, is no better than the start."""
    factor = linear_probe.sharpen(torch.from_numpy(scores.astype(np.float32)), torch.from_numpy(labels), len(labels))
    return 1 - network_scores.probabilities(factor * scores)[np.arange(len(labels)), labels]
