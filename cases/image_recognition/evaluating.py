"""What a trained network says of the pictures it did not learn from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from cases.base import Evaluation
from models import mapping, metrics
from models.outcome import HELD_OUT, Outcome
from models.report import Report

if TYPE_CHECKING:
    from cases.image_recognition.learner import PictureLearner

BATCH = 64


def evaluate(learner: PictureLearner, report: Report) -> Evaluation:
    """The test part gives the figures; the validation part is kept too, for labels that may be wrong and the map."""
    outcome = outcome_of(learner, report)
    test, classes = outcome.of("test"), learner.dataset.classes
    table = pd.DataFrame({
        "id": test.rows,
        "label": [classes[c] for c in test.labels],
        "predicted": [classes[c] for c in test.predicted],
        "confidence": test.confidence,
    })  # fmt: skip
    return Evaluation(intervals(test.labels, test.predicted), table, outcome)


def outcome_of(learner: PictureLearner, report: Report) -> Outcome:
    parts = {part: learner.rows[part] for part in HELD_OUT}
    if learner.settings.mode == "head":  # the rest of the map is there already
        room = max(0, mapping.MOST - sum(map(len, parts.values())))
        parts["train"] = np.sort(np.random.default_rng(0).permutation(learner.rows["train"])[:room])
    rows = np.concatenate(list(parts.values()))
    scores, seen = forward(learner, rows, report)
    items = pd.DataFrame({
        "id": rows,
        "part": np.repeat(list(parts), [len(part) for part in parts.values()]),
        "label": learner.labels[rows],
    })  # fmt: skip
    shares = np.exp(scores - np.logaddexp.reduce(scores, 1, keepdims=True))
    return Outcome(tuple(learner.dataset.classes), items, shares, mapping.condense(seen))


def forward(learner: PictureLearner, rows: np.ndarray, report: Report) -> tuple[np.ndarray, np.ndarray]:
    """Of these rows of the samples: scores (items, classes) in float64, and what the head saw (items, width)."""
    network = learner.learning.to(learner.device).eval()
    batches, scores, seen = learner.batches("test"), [], []
    hook = learner.network.head.register_forward_pre_hook(lambda _, given: seen.append(given[0].float().cpu().numpy()))
    try:
        for start in range(0, len(rows), BATCH):
            report.check()
            report.progress("test", start, len(rows))
            inputs = np.ascontiguousarray(batches.inputs[rows[start : start + BATCH]])
            with torch.no_grad(), torch.autocast(learner.device.type, torch.bfloat16, enabled=learner.bf16):
                logits = network(torch.from_numpy(inputs).to(learner.device))["logits"]
            scores.append(logits.double().cpu().numpy())
    finally:
        hook.remove()
    return np.concatenate(scores), np.concatenate(seen)


def probe(learner: PictureLearner) -> tuple[list[Path], list[str]]:
    """A few test files and what the network says of them; those it is torn about are left out."""
    rows = learner.rows["test"][:16]
    learner.network.eval()
    with torch.no_grad():
        pixels = torch.from_numpy(np.array(learner.pixels[rows])).to(learner.device)
        best = learner.network(pixels)["logits"].softmax(1).topk(2)
    sure = (best.values[:, 0] - best.values[:, 1] > 1e-3).cpu().numpy()  # a tie may fall either way
    files = [learner.dataset.file(learner.samples["file"][row]) for row in rows[sure]]
    return files, [learner.dataset.classes[c] for c in best.indices[:, 0].cpu().numpy()[sure]]


def intervals(labels: np.ndarray, predicted: np.ndarray) -> dict[str, metrics.Interval]:
    return {
        "accuracy": metrics.interval(metrics.accuracy, labels, predicted),
        "macro_f1": metrics.interval(metrics.macro_f1, labels, predicted),
    }
