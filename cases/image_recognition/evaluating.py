"""What a trained network says of the test part."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from cases.base import Evaluation
from models import metrics
from models.report import Report

if TYPE_CHECKING:
    from cases.image_recognition.learner import PictureLearner

BATCH = 64


def evaluate(learner: PictureLearner, report: Report) -> Evaluation:
    scores = logits(learner, "test", report)
    rows, classes = learner.rows["test"], learner.dataset.classes
    truth, predicted = learner.labels[rows], scores.argmax(1)
    table = pd.DataFrame({
        "id": rows,
        "label": [classes[c] for c in truth],
        "predicted": [classes[c] for c in predicted],
        "confidence": np.exp(scores - np.logaddexp.reduce(scores, 1, keepdims=True)).max(1),
    })  # fmt: skip
    return Evaluation(intervals(truth, predicted), table)


def logits(learner: PictureLearner, part: str, report: Report) -> np.ndarray:
    """(items, classes) in float64."""
    network, batches, made = learner.learning.to(learner.device).eval(), learner.batches(part), []
    for start in range(0, len(batches), BATCH):
        report.check()
        report.progress("test", start, len(batches))
        batch = batches.__getitems__(list(range(start, min(start + BATCH, len(batches)))))
        inputs = batch[batches.name].to(learner.device)
        with torch.no_grad(), torch.autocast(learner.device.type, torch.bfloat16, enabled=learner.bf16):
            made.append(network(inputs)["logits"].double().cpu().numpy())
    return np.concatenate(made)


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
        "accuracy": metrics.proportion(labels, predicted),
        "macro_f1": metrics.interval(metrics.macro_f1, labels, predicted),
    }
