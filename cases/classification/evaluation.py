"""What a trained network says of the items it did not learn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd
import torch
from torch import nn

from cases import repeats
from cases.base import Evaluation, Validation
from cases.classification.conditions import has_final_fit
from cases.classification.ensemble import SecondModel
from cases.classification.model_inputs import ModelInputs
from cases.training.context import TrainingContext
from models.evaluation import calibration, decision, label_errors, metrics, projection
from models.evaluation.predictions import HELD_OUT, Predictions
from models.heads import linear_probe
from models.heads.augmented_features import AugmentedFeatures
from models.heads.head import ProbeConfig
from models.heads.linear_probe import Beside
from models.memory import Fitting
from models.progress import ProgressReporter
from models.storage.array_cache import ArrayCache
from models.training import device
from models.training.batches import Batches
from models.training.length_bucketing import batches_within

LEARNT = ("train", "validation")
MOST_COMPARED = 50_000  # items, each with every other
LEAST = 1e-3  # probability of which a loss is taken: one wrong answer must not outweigh many right ones
BATCH = 16  # as many of the longest as the portable file is asked about at once, which takes as much memory


@dataclass(frozen=True, eq=False)
class Answers:
    """What the network told of the validation part with the weights it has: `scores` (items, classes) in float64, and
    `seen` (items, width), what its head saw."""

    scores: np.ndarray
    seen: np.ndarray


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
    came = context.dataset.as_read["label"].to_numpy(object)[test.rows]
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
        told = _out_of_fold(context, features, hold, second, report, views=views, known=known)
        return _judged(told.rows, told.probabilities, told.labels)
    rows = context.rows["validation"]
    scores = joined(items, scores_of_network(context, items, features, report, answers), rows)
    return _judged(rows, probabilities(scores), context.labels[rows])


def _judged(rows: np.ndarray, told: np.ndarray, labels: np.ndarray) -> Validation:
    """At the best temperature: how sure a model is can be set right afterwards, and is no reason to prefer another."""
    right, temperature = told.argmax(1) == labels, calibration.fit_temperature(told, labels)
    known = told if temperature is None else decision.tempered(told, temperature)
    losses = -np.log(np.maximum(known[np.arange(len(labels)), labels], LEAST))
    return Validation(rows, right.astype(np.float64), losses)


def scores_of_network(
    context: TrainingContext, items: ModelInputs, features: ArrayCache, report: ProgressReporter,
    answers: Answers | None = None,
) -> np.ndarray:  # fmt: skip
    """Of the network alone about the validation part: (items, classes) in float64, the quickest way there is; of the
    other arguments see `validated`."""
    rows = context.rows["validation"]
    if context.settings.mode == "head":
        return scores_of_head(context, items, features, rows, report)
    return forward(items, rows, context.device, report)[0] if answers is None else answers.scores


def scores_of_head(
    context: TrainingContext, items: ModelInputs, features: ArrayCache, rows: np.ndarray, report: ProgressReporter
) -> np.ndarray:
    """As `scores_of_network`, of a network whose body is as it was when it made the features."""
    return _of_features(items.network.head, np.array(features.open()[rows]), context.device, report)


def joined(items: ModelInputs, scores: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(rows, classes) scores as the model answers, from those of its network."""
    return items.ensemble.joined(scores, rows) if items.ensemble else scores


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
    scores, seen = forward(items, rows if answers is None else parts["test"], context.device, report)
    if answers is not None:
        scores, seen = np.concatenate([scores, answers.scores]), np.concatenate([seen, answers.seen])
    scores, rounding, tuned = joined(items, scores, rows), 0.0, None
    if moved:
        _scores, of_training = forward(items, context.rows["train"], context.device, report, "labels")
        tuned = np.concatenate([of_training, seen[len(parts["test"]) :]])
    if context.settings.mode == "head":  # the rest of the map is there already
        room = max(0, projection.MOST - len(rows))
        parts["train"] = np.sort(np.random.default_rng(0).permutation(context.rows["train"])[:room])
        if context.bf16:
            again = scores_of_head(context, items, features, rows, report)
            rounded = probabilities(joined(items, again, rows))
            rounding = float(np.abs(rounded - probabilities(scores)).max())
        kept = np.array(features.open()[parts["train"]])
        learnt = joined(items, _of_features(head, kept, context.device, report), parts["train"])
        scores = np.concatenate([scores, learnt])
        seen = np.concatenate([seen, kept])
    return Predictions(tuple(context.dataset.classes), _listed(context, parts), probabilities(scores),
                       projection.condense(seen, report),
                       _out_of_fold(context, features, hold, items.second, report, tuned, known=known),
                       rounding, _neighbours(context, features, report))  # fmt: skip


def _listed(context: TrainingContext, parts: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """See `Predictions.items`; part → rows of the samples."""
    rows = np.concatenate(list(parts.values()))
    return pd.DataFrame({
        "id": rows,
        "part": np.repeat(list(parts), [len(part) for part in parts.values()]),
        "label": context.labels[rows],
    })  # fmt: skip


@dataclass(frozen=True, eq=False)
class FoldAnswers:
    """Of what may be learnt from, each by models that were fitted to other folds: (items, classes) log-probabilities of
    a linear probe, and probabilities of the second model; (items,) labels."""

    scores: np.ndarray
    beside: np.ndarray
    labels: np.ndarray


def both_out_of_fold(
    context: TrainingContext, features: ArrayCache, hold: ProbeConfig, second: SecondModel, report: ProgressReporter
) -> FoldAnswers:
    """Ask a linear probe on the frozen features and the second model about each item that may be learnt from."""

    def told(where: torch.device) -> tuple[np.ndarray, list[np.ndarray]]:
        folds = _folds(context, features, hold, where)
        return linear_probe.every_out_of_fold(*folds, report, [_beside(context, second)])

    scores, [other] = device.there_or_here(told, context.device, report)
    return FoldAnswers(scores, other, context.labels[_learnt(context)])


def _out_of_fold(
    context: TrainingContext,
    features: ArrayCache,
    hold: ProbeConfig,
    second: SecondModel | None,
    report: ProgressReporter,
    tuned: np.ndarray | None = None,
    views: AugmentedFeatures | None = None,
    known: FoldAnswers | None = None,
) -> Predictions:
    """What a linear probe on the frozen features says of each item that may be learnt from, fitted to others, and to
    the `views` of these; together with what the case has besides, and a probe on the `tuned` features (learnt,
    width)."""
    parts = {part: context.rows[part] for part in LEARNT}

    def judged(where: torch.device) -> np.ndarray:
        _seen, labels, classes, *_ = folds = _folds(context, features, hold, where)
        beside = [] if second is None else [_beside(context, second)]
        if tuned is not None:
            plain = replace(hold, prior=None)  # which is of the frozen features
            beside.append(linear_probe.on_features(torch.from_numpy(tuned).to(where), labels, classes, plain))
        varied = None if views is None else torch.from_numpy(views.beside(_learnt(context))).to(where)
        return linear_probe.out_of_fold(*folds, report, beside, varied)

    if known is None or tuned is not None or views is not None:
        told = device.there_or_here(judged, context.device, report)
    else:
        told = linear_probe.joined(known.scores, [known.beside] if second else [], torch.from_numpy(known.labels))
    none = np.zeros((len(told), 0), np.float32)
    return Predictions(tuple(context.dataset.classes), _listed(context, parts), told, none)


def _folds(
    context: TrainingContext, features: ArrayCache, hold: ProbeConfig, where: torch.device
) -> tuple[torch.Tensor, torch.Tensor, int, ProbeConfig, np.ndarray]:
    """The first arguments of `linear_probe.out_of_fold`."""
    rows, samples = _learnt(context), context.dataset.samples
    seen, labels = (
        torch.from_numpy(some).to(where) for some in (np.array(features.open()[rows]), context.labels[rows])
    )
    together = samples["alike"].to_numpy()[rows] if "alike" in samples else np.full(len(rows), -1)
    return seen, labels, len(context.dataset.classes), hold, together


def _beside(context: TrainingContext, second: SecondModel) -> Beside:
    rows = _learnt(context)
    return lambda known, held: second.fit(rows[known]).probabilities(rows[held])


def _learnt(context: TrainingContext) -> np.ndarray:
    return np.concatenate([context.rows[part] for part in LEARNT])


def _neighbours(context: TrainingContext, features: ArrayCache, report: ProgressReporter) -> np.ndarray:
    """See `Predictions.neighbours`, by the frozen features; of very many items among as many drawn at random."""
    rows = np.sort(np.random.default_rng(0).permutation(np.concatenate(list(context.rows.values())))[:MOST_COMPARED])
    vectors = projection.condense(np.array(features.open()[rows]), report)
    return rows[label_errors.neighbours(vectors, context.labels[rows], report)]


def probabilities(scores: np.ndarray) -> np.ndarray:
    return np.exp(scores - np.logaddexp.reduce(scores, 1, keepdims=True))


def forward(
    items: ModelInputs, rows: np.ndarray, where: torch.device, report: ProgressReporter, what: str = "test"
) -> tuple[np.ndarray, np.ndarray]:
    """Of these rows of the samples: scores (items, classes) in float64, and what the head saw (items, width). `what`:
    as the progress is called.

    The whole network computes, in 32 bits, as it does in the portable file: the features that training reads may have
    been computed in 16, and then a probability would be another one wherever the model is used.
    """
    network, batches = items.network.to(where).float().eval(), items.batches(rows)
    told, seen = [], []
    groups = together(batches)
    order, ends = np.concatenate(groups), np.cumsum([0, *map(len, groups)])
    hook = network.head.register_forward_pre_hook(lambda _, given: seen.append(given[0]))

    def score(start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        seen.clear()
        with torch.no_grad(), device.exactly():
            logits = network(**_inputs(batches, order[start:stop], where))["logits"]
        return logits.double().cpu().numpy(), seen.pop().float().cpu().numpy()

    fitting = Fitting(report)
    try:
        for start, stop in pairwise(ends.tolist()):
            report.check()
            report.progress(what, start, len(rows))
            told += fitting(score, start, stop)
        report.progress(what, len(rows), len(rows))
    finally:
        hook.remove()
    back, (scores, heads) = np.argsort(order), zip(*told, strict=True)
    return np.concatenate(scores)[back], np.concatenate(heads)[back]


def together(batches: Batches) -> list[np.ndarray]:
    """Numbers of the items that are asked about at once. Of items that have lengths those of like length, and more than
    `BATCH` of short ones: filled up they are no more than so many of the longest."""
    if hasattr(batches, "lengths"):
        return batches_within(batches.lengths, BATCH * int(batches.lengths.max(initial=1)))
    return np.split(np.arange(len(batches)), range(BATCH, len(batches), BATCH))


def _of_features(
    head: nn.Module, features: np.ndarray, where: torch.device, report: ProgressReporter
) -> np.ndarray:  # fmt: skip
    """Scores (items, classes) in float64, from features (items, width) that the frozen body made before."""
    head.eval()

    def score(start: int, stop: int) -> np.ndarray:
        with torch.no_grad():
            return head(torch.from_numpy(features[start:stop]).to(where)).double().cpu().numpy()

    return np.concatenate(Fitting(report)(score, 0, max(1, len(features))))


def _inputs(batches: Batches, picks: np.ndarray, where: torch.device) -> dict[str, torch.Tensor]:
    batch = batches.__getitems__(picks.tolist())
    return {name: values.to(where) for name, values in batch.items() if name != "labels"}


def intervals(labels: np.ndarray, predicted: np.ndarray) -> dict[str, metrics.Interval]:
    return {
        "accuracy": metrics.interval(metrics.accuracy, labels, predicted),
        "macro_f1": metrics.interval(metrics.macro_f1, labels, predicted),
    }
