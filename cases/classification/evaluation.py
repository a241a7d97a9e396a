"""What a trained network says of the items it did not learn from."""

from __future__ import annotations

from dataclasses import replace

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


def outcome_of(evaluation: Evaluation) -> Predictions:
    """The answers that every evaluation of a classifier has."""
    if evaluation.outcome is None:
        raise ValueError("The evaluation has no answers.")
    return evaluation.outcome


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
    more = {} if outcome.alone is None else {"alone": intervals(test.labels, outcome.alone)}
    return Evaluation(intervals(test.labels, test.predicted), table, outcome, _as_read(context, test),
                      {} if again else outcome.validated, told, more=more)  # fmt: skip


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
    `features` and `hold` as `with_labels` takes them, `known` as its `told`; `answers`: as `predict` does."""
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


def predict(
    context: TrainingContext, items: ModelInputs, report: ProgressReporter, *, answers: Answers | None = None
) -> tuple[Predictions, Answers]:  # fmt: skip
    """What the model says of the test and validation part, without what `with_map` and `with_labels` add, and what its
    network alone told of them. `answers`: what the network was asked before."""
    parts = {part: context.rows[part] for part in HELD_OUT}
    rows = np.concatenate(list(parts.values()))
    scores, seen = network_scores.forward(items, rows if answers is None else parts["test"], context.device, report)
    if answers is not None:
        scores, seen = np.concatenate([scores, answers.scores]), np.concatenate([seen, answers.seen])
    alone = scores[: len(parts["test"])].argmax(1) if items.ensemble else None
    told = network_scores.probabilities(network_scores.joined(items, scores, rows))
    none = np.zeros((len(rows), 0), np.float32)
    found = Predictions(tuple(context.dataset.classes), out_of_fold.listed(context, parts), told, none, alone=alone)
    return found, Answers(scores, seen)


def with_map(
    context: TrainingContext, items: ModelInputs, features: ArrayCache, known: Predictions, seen: np.ndarray,
    report: ProgressReporter,
) -> Predictions:  # fmt: skip
    """`known`, which `predict` gave, with a vector for each item, and of a head on frozen features with as many
    training items as the map has room for.

    Args:
        features: what the frozen body made of every sample.
        seen: (items, width) what the head saw of the items.
    """
    if context.settings.mode != "head":
        return replace(known, vectors=projection.condense(seen, report))
    rounding = 0.0
    if context.bf16:
        again = network_scores.of_head(context, items, features, known.rows, report)
        rounded = network_scores.probabilities(network_scores.joined(items, again, known.rows))
        rounding = float(np.abs(rounded - known.probabilities).max())
    room = max(0, projection.MOST - len(known.rows))
    rows = np.sort(np.random.default_rng(0).permutation(context.rows["train"])[:room])
    kept = np.array(features.open()[rows])
    learnt = network_scores.of_features(items.network.head, kept, context.device, report)
    told = network_scores.probabilities(network_scores.joined(items, learnt, rows))
    return replace(
        known, items=pd.concat([known.items, out_of_fold.listed(context, {"train": rows})], ignore_index=True),
        probabilities=np.concatenate([known.probabilities, told]), rounding=rounding,
        vectors=projection.condense(np.concatenate([seen, kept]), report),
    )  # fmt: skip


def with_labels(
    context: TrainingContext, items: ModelInputs, features: ArrayCache, hold: ProbeConfig, known: Predictions,
    report: ProgressReporter, *, tuned: np.ndarray | None = None, told: FoldAnswers | None = None,
) -> Predictions:  # fmt: skip
    """`known` with what judges its labels: predictions out of fold, and neighbours with different labels.

    Args:
        features: what the frozen body made of every sample.
        hold: how a linear probe on them is held back.
        tuned: (validation items, width) what the head saw of the validation part, where the body of the network is
            another one by now: what it makes of the items that may be learnt from then judges their labels too.
        told: what was told out of fold already.
    """
    if tuned is not None:
        _scores, of_training = network_scores.forward(items, context.rows["train"], context.device, report, "labels")
        tuned = np.concatenate([of_training, tuned])
    folds = out_of_fold.predictions(context, features, hold, items.second, report, tuned, known=told)
    pairs, nearest = _neighbours(context, features, report)
    return replace(known, out_of_fold=folds, neighbours=pairs, nearest=nearest)


def _neighbours(
    context: TrainingContext, features: ArrayCache, report: ProgressReporter
) -> tuple[np.ndarray, np.ndarray]:
    """See `Predictions.neighbours` and `Predictions.nearest`, by the frozen features; of very many items among as many
    drawn at random."""
    rows = np.sort(np.random.default_rng(0).permutation(np.concatenate(list(context.rows.values())))[:MOST_COMPARED])
    vectors = projection.condense(np.array(features.open()[rows]), report)
    nearest = np.concatenate([np.arange(len(rows))[:, None], label_errors.nearest(vectors, report)], 1)
    return rows[label_errors.neighbours(vectors, context.labels[rows], report)], rows[nearest]


def intervals(labels: np.ndarray, predicted: np.ndarray) -> dict[str, metrics.Interval]:
    return {
        "accuracy": metrics.interval(metrics.accuracy, labels, predicted),
        "macro_f1": metrics.interval(metrics.macro_f1, labels, predicted),
    }
