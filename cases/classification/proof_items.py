"""Items whose predictions a bundle must give again, with what the network told of them; see `cases.training.proof`."""

from __future__ import annotations

from functools import partial

import numpy as np

from cases.classification import network_scores
from cases.classification.model_inputs import ModelInputs
from cases.training import proof
from cases.training.context import TrainingContext
from cases.training.proof import ProofItems
from models.evaluation import agreement
from models.progress import ProgressReporter

SNAPSHOT_ITEMS = 32  # validation items on which a snapshot is checked


def of_test_part(context: TrainingContext, items: ModelInputs, told: np.ndarray) -> ProofItems:
    """`told`: (test items, classes) probabilities."""
    rows = context.rows["test"]
    places = proof.drawn(len(rows), context.settings.seed)
    return _of_rows(context, items, rows[places], told[places], len(rows))


def of_snapshot(
    context: TrainingContext, items: ModelInputs, report: ProgressReporter
) -> tuple[np.ndarray, ProofItems]:  # fmt: skip
    """Some items of the validation part, and which rows of the samples they are; the network is asked about them as it
    is now."""
    rows = context.rows["validation"]
    some = rows[proof.drawn(len(rows), context.settings.seed)[:SNAPSHOT_ITEMS]]
    scores, _seen = network_scores.forward(items, some, context.device, report)
    told = network_scores.probabilities(network_scores.joined(items, scores, some))
    return some, _of_rows(context, items, some, told, len(rows))


def _of_rows(
    context: TrainingContext, items: ModelInputs, rows: np.ndarray, told: np.ndarray, total: int
) -> ProofItems:  # fmt: skip
    """These rows of the samples, of which the network `told` (rows, classes) probabilities."""
    names = context.dataset.samples["name"].iloc[rows].tolist()
    return ProofItems(names, items.given(rows), items.sizes(rows), partial(agreement.of_probabilities, told), total)
