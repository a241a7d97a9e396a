"""What a trained network says of the items it did not learn from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from cases.base import Evaluation
from models import device, holding_back, mapping, metrics
from models.batches import Batches
from models.outcome import HELD_OUT, Outcome
from models.report import Report

if TYPE_CHECKING:
    from cases.learning import LabelLearner

BATCH = 16  # as many as the portable file is asked about at once, which takes as much memory
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
    return Evaluation(intervals(test.labels, test.predicted), table, outcome, _as_read(learner, test))


def _as_read(learner: LabelLearner, test: Outcome) -> dict[str, float]:
    """The accuracy by the labels as they came, where some of the test part were changed."""
    if not learner.edited.get("test", {}).get("relabelled"):
        return {}
    came = learner.ground.dataset.as_read["label"].to_numpy(object)[test.rows]
    said = np.array(test.classes, object)[test.predicted]
    return {"accuracy": float((came == said).mean())}


def outcome_of(learner: LabelLearner, report: Report) -> Outcome:
    ground = learner.ground
    parts = {part: ground.rows[part] for part in HELD_OUT}
    rows = np.concatenate(list(parts.values()))
    scores, seen = forward(learner, rows, report)
    rounding = 0.0
    if learner.settings.mode == "head":  # the rest of the map is there already
        room = max(0, mapping.MOST - len(rows))
        parts["train"] = np.sort(np.random.default_rng(0).permutation(ground.rows["train"])[:room])
        if ground.bf16:
            rounded = probabilities(_of_features(learner, np.array(learner.features.open()[rows])))
            rounding = float(np.abs(rounded - probabilities(scores)).max())
        kept = np.array(learner.features.open()[parts["train"]])
        scores, seen = np.concatenate([scores, _of_features(learner, kept)]), np.concatenate([seen, kept])
    items = pd.DataFrame({
        "id": np.concatenate(list(parts.values())),
        "part": np.repeat(list(parts), [len(part) for part in parts.values()]),
        "label": ground.labels[np.concatenate(list(parts.values()))],
    })  # fmt: skip
    return Outcome(tuple(ground.dataset.classes), items, probabilities(scores), mapping.condense(seen),
                   _out_of_fold(learner, report), rounding)  # fmt: skip


def _out_of_fold(learner: LabelLearner, report: Report) -> Outcome:
    """What a linear probe on the frozen features says of each item that may be learnt from, fitted to others."""
    ground, classes = learner.ground, learner.ground.dataset.classes
    parts = {part: ground.rows[part] for part in ("train", "validation")}
    rows, samples = np.concatenate(list(parts.values())), ground.dataset.samples
    told = holding_back.out_of_fold(
        torch.from_numpy(np.array(learner.features.open()[rows])).to(ground.device),
        torch.from_numpy(ground.labels[rows]).to(ground.device), len(classes), learner.simple.hold,
        samples["alike"].to_numpy()[rows] if "alike" in samples else np.full(len(rows), -1), report,
    )  # fmt: skip
    items = pd.DataFrame({
        "id": rows,
        "part": np.repeat(list(parts), [len(part) for part in parts.values()]),
        "label": ground.labels[rows],
    })  # fmt: skip
    return Outcome(tuple(classes), items, told, np.zeros((len(rows), 0), np.float32))


def probabilities(scores: np.ndarray) -> np.ndarray:
    return np.exp(scores - np.logaddexp.reduce(scores, 1, keepdims=True))


def forward(learner: LabelLearner, rows: np.ndarray, report: Report) -> tuple[np.ndarray, np.ndarray]:
    """Of these rows of the samples: scores (items, classes) in float64, and what the head saw (items, width).

    The whole network computes, in 32 bits, as it does in the portable file: the features that training reads may have
    been computed in 16, and then a probability would be another one wherever the model is used.
    """
    network, where = learner.network.to(learner.ground.device).float().eval(), learner.ground.device
    batches, scores, seen = learner.items.batches(rows), [], []
    order = np.argsort(getattr(batches, "lengths", np.zeros(len(rows))), kind="stable")  # batches of like length
    hook = network.head.register_forward_pre_hook(lambda _, given: seen.append(given[0].float().cpu().numpy()))
    try:
        for start in range(0, len(rows), BATCH):
            report.check()
            report.progress("test", start, len(rows))
            with torch.no_grad(), device.exactly():
                logits = network(**_inputs(batches, order[start : start + BATCH], where))["logits"]
            scores.append(logits.double().cpu().numpy())
    finally:
        hook.remove()
    back = np.argsort(order)
    return np.concatenate(scores)[back], np.concatenate(seen)[back]


def _of_features(learner: LabelLearner, features: np.ndarray) -> np.ndarray:
    """Scores (items, classes) in float64, from features (items, width) that the frozen body made before."""
    head, where = learner.network.head, learner.ground.device
    with torch.no_grad():
        return head(torch.from_numpy(features).to(where)).double().cpu().numpy()


def _inputs(batches: Batches, picks: np.ndarray, where: torch.device) -> dict[str, torch.Tensor]:
    batch = batches.__getitems__(picks.tolist())
    return {name: values.to(where) for name, values in batch.items() if name != "labels"}


def probe(learner: LabelLearner) -> tuple[list[Path], list[str]]:
    """A few test items and what the network says of them; those it is torn about are left out."""
    rows, classes = learner.ground.rows["test"][:PROBED], learner.ground.dataset.classes
    learner.network.eval()
    with torch.no_grad():
        inputs = _inputs(learner.items.batches(rows), np.arange(len(rows)), learner.ground.device)
        best = learner.network(**inputs)["logits"].softmax(1).topk(2)
    sure = (best.values[:, 0] - best.values[:, 1] > CLOSE).cpu().numpy()
    return learner.items.files(rows[sure]), [classes[c] for c in best.indices[:, 0].cpu().numpy()[sure]]


def intervals(labels: np.ndarray, predicted: np.ndarray) -> dict[str, metrics.Interval]:
    return {
        "accuracy": metrics.interval(metrics.accuracy, labels, predicted),
        "macro_f1": metrics.interval(metrics.macro_f1, labels, predicted),
    }
