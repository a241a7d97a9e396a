"""What a trained network says of the items it did not learn from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from cases.base import Evaluation
from models import mapping, metrics
from models.batches import Batches
from models.outcome import HELD_OUT, Outcome
from models.report import Report

if TYPE_CHECKING:
    from cases.learning import LabelLearner

BATCH = 64
PROBED = 16  # items that a saved bundle is asked about
CLOSE = 1e-3  # two best probabilities nearer than this may fall either way in other precision


def evaluate(learner: LabelLearner, report: Report) -> Evaluation:
    """The test part gives the figures; the validation part is kept too, for labels that may be wrong and the map."""
    outcome = outcome_of(learner, report)
    test, classes = outcome.of("test"), learner.ground.dataset.classes
    table = pd.DataFrame({
        "id": test.rows,
        "label": [classes[c] for c in test.labels],
        "predicted": [classes[c] for c in test.predicted],
        "confidence": test.confidence,
    })  # fmt: skip
    return Evaluation(intervals(test.labels, test.predicted), table, outcome)


def outcome_of(learner: LabelLearner, report: Report) -> Outcome:
    ground = learner.ground
    parts = {part: ground.rows[part] for part in HELD_OUT}
    if learner.settings.mode == "head":  # the rest of the map is there already
        room = max(0, mapping.MOST - sum(map(len, parts.values())))
        parts["train"] = np.sort(np.random.default_rng(0).permutation(ground.rows["train"])[:room])
    rows = np.concatenate(list(parts.values()))
    scores, seen = forward(learner, rows, report)
    items = pd.DataFrame({
        "id": rows,
        "part": np.repeat(list(parts), [len(part) for part in parts.values()]),
        "label": ground.labels[rows],
    })  # fmt: skip
    shares = np.exp(scores - np.logaddexp.reduce(scores, 1, keepdims=True))
    return Outcome(tuple(ground.dataset.classes), items, shares, mapping.condense(seen))


def forward(learner: LabelLearner, rows: np.ndarray, report: Report) -> tuple[np.ndarray, np.ndarray]:
    """Of these rows of the samples: scores (items, classes) in float64, and what the head saw (items, width)."""
    network, where = learner.learning.to(learner.ground.device).eval(), learner.ground.device
    batches, scores, seen = learner.batches(rows), [], []
    hook = learner.network.head.register_forward_pre_hook(lambda _, given: seen.append(given[0].float().cpu().numpy()))
    try:
        for start in range(0, len(rows), BATCH):
            report.check()
            report.progress("test", start, len(rows))
            with torch.no_grad(), torch.autocast(where.type, torch.bfloat16, enabled=learner.ground.bf16):
                logits = network(**_inputs(batches, start, where))["logits"]
            scores.append(logits.double().cpu().numpy())
    finally:
        hook.remove()
    return np.concatenate(scores), np.concatenate(seen)


def _inputs(batches: Batches, start: int, where: torch.device) -> dict[str, torch.Tensor]:
    batch = batches.__getitems__(list(range(start, min(start + BATCH, len(batches)))))
    return {name: values.to(where) for name, values in batch.items() if name != "labels"}


def probe(learner: LabelLearner) -> tuple[list[Path], list[str]]:
    """A few test items and what the network says of them; those it is torn about are left out."""
    rows, classes = learner.ground.rows["test"][:PROBED], learner.ground.dataset.classes
    learner.network.eval()
    with torch.no_grad():
        inputs = _inputs(learner.items.batches(rows), 0, learner.ground.device)
        best = learner.network(**inputs)["logits"].softmax(1).topk(2)
    sure = (best.values[:, 0] - best.values[:, 1] > CLOSE).cpu().numpy()
    return learner.items.files(rows[sure]), [classes[c] for c in best.indices[:, 0].cpu().numpy()[sure]]


def intervals(labels: np.ndarray, predicted: np.ndarray) -> dict[str, metrics.Interval]:
    return {
        "accuracy": metrics.interval(metrics.accuracy, labels, predicted),
        "macro_f1": metrics.interval(metrics.macro_f1, labels, predicted),
    }
