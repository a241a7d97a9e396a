"""What a trained network says of the items it did not learn from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from cases.base import Evaluation
from models.evaluation import metrics, projection
from models.evaluation.predictions import HELD_OUT, Predictions
from models.heads import linear_probe
from models.memory import Fitting
from models.progress import QUIET, ProgressReporter
from models.training import device
from models.training.batches import Batches

if TYPE_CHECKING:
    from cases.classification.trainer import ClassifierTrainer

BATCH = 16  # as many as the portable file is asked about at once, which takes as much memory
PROBED = 16  # items that a saved bundle is asked about
CLOSE = 1e-3  # two best probabilities nearer than this may fall either way in other precision


def of_outcome(trainer: ClassifierTrainer, outcome: Predictions) -> Evaluation:
    """The test part gives the figures; the validation part is kept too, for labels that may be wrong and the map."""
    test, classes = outcome.of("test"), trainer.context.dataset.classes
    table = pd.DataFrame({
        "id": test.rows,
        "label": [classes[c] for c in test.labels],
        "predicted": [classes[c] for c in test.predicted],
        "confidence": test.confidence,
    })  # fmt: skip
    return Evaluation(intervals(test.labels, test.predicted), table, outcome, _as_read(trainer, test))


def _as_read(trainer: ClassifierTrainer, test: Predictions) -> dict[str, float]:
    """The accuracy by the labels as they came, where some of the test part were changed."""
    if not trainer.edited.get("test", {}).get("relabelled"):
        return {}
    came = trainer.context.dataset.as_read["label"].to_numpy(object)[test.rows]
    said = np.array(test.classes, object)[test.predicted]
    return {"accuracy": float((came == said).mean())}


def outcome_of(trainer: ClassifierTrainer, report: ProgressReporter) -> Predictions:
    """Predict validation and test part, and for the map of a linear probe as many training items as it draws."""
    context = trainer.context
    parts = {part: context.rows[part] for part in HELD_OUT}
    rows = np.concatenate(list(parts.values()))
    scores, seen = forward(trainer, rows, report)
    rounding = 0.0
    if trainer.settings.mode == "head":  # the rest of the map is there already
        room = max(0, projection.MOST - len(rows))
        parts["train"] = np.sort(np.random.default_rng(0).permutation(context.rows["train"])[:room])
        if context.bf16:
            rounded = probabilities(_of_features(trainer, np.array(trainer.features.open()[rows])))
            rounding = float(np.abs(rounded - probabilities(scores)).max())
        kept = np.array(trainer.features.open()[parts["train"]])
        scores, seen = np.concatenate([scores, _of_features(trainer, kept)]), np.concatenate([seen, kept])
    items = pd.DataFrame({
        "id": np.concatenate(list(parts.values())),
        "part": np.repeat(list(parts), [len(part) for part in parts.values()]),
        "label": context.labels[np.concatenate(list(parts.values()))],
    })  # fmt: skip
    return Predictions(tuple(context.dataset.classes), items, probabilities(scores), projection.condense(seen),
                       _out_of_fold(trainer, report), rounding)  # fmt: skip


def _out_of_fold(trainer: ClassifierTrainer, report: ProgressReporter) -> Predictions:
    """What a linear probe on the frozen features says of each item that may be learnt from, fitted to others."""
    context, classes = trainer.context, trainer.context.dataset.classes
    parts = {part: context.rows[part] for part in ("train", "validation")}
    rows, samples = np.concatenate(list(parts.values())), context.dataset.samples
    told = linear_probe.out_of_fold(
        torch.from_numpy(np.array(trainer.features.open()[rows])).to(context.device),
        torch.from_numpy(context.labels[rows]).to(context.device), len(classes), trainer.simple.hold,
        samples["alike"].to_numpy()[rows] if "alike" in samples else np.full(len(rows), -1), report,
    )  # fmt: skip
    items = pd.DataFrame({
        "id": rows,
        "part": np.repeat(list(parts), [len(part) for part in parts.values()]),
        "label": context.labels[rows],
    })  # fmt: skip
    return Predictions(tuple(classes), items, told, np.zeros((len(rows), 0), np.float32))


def probabilities(scores: np.ndarray) -> np.ndarray:
    return np.exp(scores - np.logaddexp.reduce(scores, 1, keepdims=True))


def forward(trainer: ClassifierTrainer, rows: np.ndarray, report: ProgressReporter) -> tuple[np.ndarray, np.ndarray]:
    """Of these rows of the samples: scores (items, classes) in float64, and what the head saw (items, width).

    The whole network computes, in 32 bits, as it does in the portable file: the features that training reads may have
    been computed in 16, and then a probability would be another one wherever the model is used.
    """
    network, where = trainer.network.to(trainer.context.device).float().eval(), trainer.context.device
    batches, told, seen = trainer.items.batches(rows), [], []
    order = np.argsort(getattr(batches, "lengths", np.zeros(len(rows))), kind="stable")  # batches of like length
    hook = network.head.register_forward_pre_hook(lambda _, given: seen.append(given[0]))

    def score(start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        seen.clear()
        with torch.no_grad(), device.exactly():
            logits = network(**_inputs(batches, order[start:stop], where))["logits"]
        return logits.double().cpu().numpy(), seen.pop().float().cpu().numpy()

    fitting = Fitting(report)
    try:
        for start in range(0, len(rows), BATCH):
            report.check()
            report.progress("test", start, len(rows))
            told += fitting(score, start, min(start + BATCH, len(rows)))
        report.progress("test", len(rows), len(rows))
    finally:
        hook.remove()
    back, (scores, heads) = np.argsort(order), zip(*told, strict=True)
    return np.concatenate(scores)[back], np.concatenate(heads)[back]


def _of_features(trainer: ClassifierTrainer, features: np.ndarray) -> np.ndarray:
    """Scores (items, classes) in float64, from features (items, width) that the frozen body made before."""
    head, where = trainer.network.head, trainer.context.device
    with torch.no_grad():
        return head(torch.from_numpy(features).to(where)).double().cpu().numpy()


def _inputs(batches: Batches, picks: np.ndarray, where: torch.device) -> dict[str, torch.Tensor]:
    batch = batches.__getitems__(picks.tolist())
    return {name: values.to(where) for name, values in batch.items() if name != "labels"}


def probe(trainer: ClassifierTrainer) -> tuple[list[Path], list[str]]:
    """A few test items and what the network says of them; those it is torn about are left out."""
    rows, classes = trainer.context.rows["test"][:PROBED], trainer.context.dataset.classes
    batches, network = trainer.items.batches(rows), trainer.network.eval()

    def score(start: int, stop: int) -> np.ndarray:
        with torch.no_grad():
            inputs = _inputs(batches, np.arange(start, stop), trainer.context.device)
            return network(**inputs)["logits"].softmax(1).cpu().numpy()

    told = np.concatenate(Fitting(QUIET)(score, 0, len(rows)))
    second, first = np.sort(told, 1)[:, -2:].T
    sure = first - second > CLOSE
    return trainer.items.files(rows[sure]), [classes[c] for c in told.argmax(1)[sure]]


def intervals(labels: np.ndarray, predicted: np.ndarray) -> dict[str, metrics.Interval]:
    return {
        "accuracy": metrics.interval(metrics.accuracy, labels, predicted),
        "macro_f1": metrics.interval(metrics.macro_f1, labels, predicted),
    }
