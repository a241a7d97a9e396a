"""What a trained network says of the items it did not learn from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cases import repeats
from cases.base import Evaluation, Validation
from cases.classification import network_scores, out_of_fold
from cases.classification.conditions import has_final_fit
from cases.classification.model_inputs import ModelInputs
from cases.classification.network_scores import Answers
from cases.classification.out_of_fold import FoldAnswers
from cases.training.context import TrainingContext
from models.evaluation import calibration, decision, label_errors, metrics, projection
from models.evaluation.predictions import HELD_OUT, Predictions
from models.heads.augmented_features import AugmentedFeatures
from models.heads.head import ProbeConfig
from models.progress import ProgressReporter
from models.storage.array_cache import ArrayCache

MOST_COMPARED = 50_000  # items, each with every other
LEAST = 1e-3  # probability of which a loss is taken: one wrong answer must not outweigh many right ones


def of_outcome(context: TrainingContext, outcome: Predictions) -> Evaluation:
    """The test part gives the figures; the validation part is kept too, for labels that may be wrong and the map."""
    test, classes = outcome.of("test"), context.dataset.classes
    table = pd.DataFrame({
        "id": test.rows,
        "label": [classes[c] for c in test.labels],
        "predicted": [classes[c] for c in test.predicted],
        "confidence": test.confidence,
    })  # fmt: skip
    again = has_final_fit(vars(context.settings))
    repeated = context.repeated("train", *(["validation"] if again else []))
    told = repeats.told(repeated, ["accuracy"], lambda some: intervals(test.labels[some], test.predicted[some]))
    return Evaluation(intervals(test.labels, test.predicted), table, outcome, _as_read(context, test),
                      {} if again else outcome.validated, told)  # fmt: skip


def _as_read(context: TrainingContext, test: Predictions) -> dict[str, float]:
    """The accuracy by the labels as they came, where some of the test part were changed."""
    if not context.edited.get("test", {}).get("relabelled"):
        return {}
    came = context.dataset.came.to_numpy(object)[test.rows]
    said = np.array(test.classes, object)[test.predicted]
    return {"accuracy": float((came == said).mean())}


def validated(
    context: TrainingContext, items: ModelInputs, features: ArrayCache, hold: ProbeConfig, report: ProgressReporter,
    views: AugmentedFeatures | None = None, known: FoldAnswers | None = None, answers: Answers | None = None,
) -> Validation:  # fmt: skip
    """Whether each example of the validation part is predicted rightly, and its cross-entropy. A head that was fitted
    to that part too is judged as a linear probe that was fitted to others, and to their `views` where the head was.
    `features`, `hold`, `known` and `answers` as `outcome_of` takes them."""
    if has_final_fit(vars(context.settings)):
        second = items.second if items.ensemble else None
        told = out_of_fold.predictions(context, features, hold, second, report, views=views, known=known)
        return _judged(told.rows, told.probabilities, told.labels)
    rows = context.rows["validation"]
    scores = network_scores.joined(items, network_scores.of_validation(context, items, features, report, answers), rows)
    return _judged(rows, network_scores.probabilities(scores), context.labels[rows])


def _judged(rows: np.ndarray, told: np.ndarray, labels: np.ndarray) -> Validation:
    """At the best temperature: how sure a model is can be set right afterwards, and is no reason to prefer another."""
    right, temperature = told.argmax(1) == labels, calibration.fit_temperature(told, labels)
    known = told if temperature is None else decision.tempered(told, temperature)
    losses = -np.log(np.maximum(known[np.arange(len(labels)), labels], LEAST))
    return Validation(rows, right.astype(np.float64), losses)


def outcome_of(
    context: TrainingContext, items: ModelInputs, features: ArrayCache, hold: ProbeConfig, report: ProgressReporter,
    *, moved: bool = False, known: FoldAnswers | None = None, answers: Answers | None = None,
) -> Predictions:  # fmt: skip
    """Predict validation and test part, and for the map of a linear probe as many training items as it draws.

    `features`: what the frozen body made of every sample; `hold`: how a linear probe on them is held back; `moved`: the
    body of the network is another one by now, and what it makes of the items that may be learnt from judges their
    labels too; `known`: what was told out of fold already; `answers`: what the network was asked before.
    """
    parts = {part: context.rows[part] for part in HELD_OUT}
    rows = np.concatenate(list(parts.values()))
    head = items.network.head
    scores, seen = network_scores.forward(items, rows if answers is None else parts["test"], context.device, report)
    if answers is not None:
        scores, seen = np.concatenate([scores, answers.scores]), np.concatenate([seen, answers.seen])
    scores, rounding, tuned = network_scores.joined(items, scores, rows), 0.0, None
    if moved:
        _scores, of_training = network_scores.forward(items, context.rows["train"], context.device, report, "labels")
        tuned = np.concatenate([of_training, seen[len(parts["test"]) :]])
    if context.settings.mode == "head":  # the rest of the map is there already
        room = max(0, projection.MOST - len(rows))
        parts["train"] = np.sort(np.random.default_rng(0).permutation(context.rows["train"])[:room])
        if context.bf16:
            again = network_scores.of_head(context, items, features, rows, report)
            rounded = network_scores.probabilities(network_scores.joined(items, again, rows))
            rounding = float(np.abs(rounded - network_scores.probabilities(scores)).max())
        kept = np.array(features.open()[parts["train"]])
        learnt = network_scores.joined(
            items, network_scores.of_features(head, kept, context.device, report), parts["train"]
        )
        scores = np.concatenate([scores, learnt])
        seen = np.concatenate([seen, kept])
    folds = out_of_fold.predictions(context, features, hold, items.second, report, tuned, known=known)
    return Predictions(tuple(context.dataset.classes), out_of_fold.listed(context, parts),
                       network_scores.probabilities(scores), projection.condense(seen, report), folds, rounding,
                       _neighbours(context, features, report))  # fmt: skip


def _neighbours(context: TrainingContext, features: ArrayCache, report: ProgressReporter) -> np.ndarray:
    """See `Predictions.neighbours`, by the frozen features; of very many items among as many drawn at random."""
    rows = np.sort(np.random.default_rng(0).permutation(np.concatenate(list(context.rows.values())))[:MOST_COMPARED])
    vectors = projection.condense(np.array(features.open()[rows]), report)
    return rows[label_errors.neighbours(vectors, context.labels[rows], report)]


def intervals(labels: np.ndarray, predicted: np.ndarray) -> dict[str, metrics.Interval]:
    return {
        "accuracy": metrics.interval(metrics.accuracy, labels, predicted),
        "macro_f1": metrics.interval(metrics.macro_f1, labels, predicted),
    }
