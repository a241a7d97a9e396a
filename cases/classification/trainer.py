"""A pretrained body learns a person's own labels, one for each item: what all such cases share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers.trainer_utils import EvalPrediction

from cases import settings as case_settings
from cases.base import Evaluation, EvaluationPart, Validation
from cases.base.parts import LABELS, MAP, SECOND_MODEL, PartFailure, attempt, completed
from cases.classification import (
    ensemble_decision,
    export,
    lesson_arm,
    network_scores,
    proof_items,
    weight_interpolation,
)
from cases.classification import evaluation as classification_evaluation
from cases.classification.conditions import LAYERED, has_final_fit, views_learnt
from cases.classification.ensemble import Judgement
from cases.classification.head_fit import HeadFit
from cases.classification.hyperparameters import SUPERVISED
from cases.classification.lesson_arm import HeadArms
from cases.classification.loss import contrastive_for
from cases.classification.model_inputs import AugmentedInputs, FrozenInputs, ModelInputs, NamedInputs
from cases.classification.network_scores import Answers
from cases.classification.out_of_fold import FoldAnswers
from cases.classification.weight_interpolation import WeightInterpolation
from cases.hyperparameters import training_length
from cases.training import config, proof
from cases.training.context import TrainingContext
from cases.training.proof import ProofItems
from models.errors import N_
from models.evaluation import metrics
from models.evaluation.learning_curve import LearningCurve
from models.evaluation.predictions import Predictions
from models.heads import probe_curve
from models.heads.augmented_features import AlternatingViews, AugmentedFeatures
from models.heads.baselines import Baselines
from models.heads.head import HeadOnFeatures
from models.progress import QUIET, ProgressReporter
from models.training import checkpoints, device, layer_rates, monitored, trainer
from models.training.batches import Batches
from models.training.checkpoints import Kept
from models.training.interpolation import Settled

NAMED = N_("The class names are used, too: cross-validation on the training set was clearly better with them.")
METRICS = {"accuracy": metrics.accuracy, "macro_f1": metrics.macro_f1}


class ClassifierTrainer:
    """See `cases.base.Trainer`."""

    def __init__(self, context: TrainingContext, items: ModelInputs, report: ProgressReporter) -> None:
        self.context, self.items, self.settings = context, items, context.settings
        self.network = items.network.to(context.device)
        self.counts = {name: len(rows) for name, rows in context.rows.items()}
        self.features = items.features(report)
        self.views = self._augmented(report)
        self.simple = Baselines(
            self.features.open(), context.labels, context.rows["train"], len(context.dataset.classes),
            self.features.path, report, enough=items.network.enough,
            prior=items.class_names(report) if isinstance(items, NamedInputs) else None, where=context.device,
        )  # fmt: skip
        self.head_fit = HeadFit(context, self.network, self.features, self.simple, self.views)
        self.head_fit.begin(report)
        self.interpolation = WeightInterpolation(context, items) if self.settings.mode != "head" else None
        self.judgement: Judgement | None = None
        self.known: FoldAnswers | None = None
        config.open_up(self.network, self.settings)
        self.evaluated: np.ndarray | None = None  # (test items, classes) what the evaluation told
        self.told: Answers | None = None  # of the test and the validation part, by the network alone
        self.failures: dict[str, Exception] = {}  # see `Evaluation.failures`

    def _augmented(self, report: ProgressReporter) -> AugmentedFeatures | None:
        """What the head learns from besides the plain features, where the settings say so."""
        count = views_learnt(vars(self.settings))
        if not count or not isinstance(self.items, AugmentedInputs):
            return None
        return self.items.augmented(count, report)

    @cached_property
    def references(self) -> dict[str, dict[str, metrics.Interval]]:
        rows = self.context.rows["test"]
        truth, guesses = self.context.labels[rows], self._guesses(rows)
        return {name: classification_evaluation.intervals(truth, guess) for name, guess in guesses.items()}

    @property
    def live_references(self) -> dict[str, float]:
        rows = self.context.rows["validation"]
        guesses = self._guesses(rows)
        return {name: metrics.accuracy(self.context.labels[rows], guess) for name, guess in guesses.items()}

    def _guesses(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        return {**self.simple.guesses(rows), **self.items.guesses(rows)}

    @property
    def learning(self) -> nn.Module:
        """What the trainer trains; with a frozen body the head alone, on the kept features."""
        if self.settings.mode == "head":
            return HeadOnFeatures(self.network.head, self.network.loss, self.head_fit.penalised)
        return self.network

    def batches(self, rows: np.ndarray) -> Batches:
        """These rows of the samples, as `learning` takes them."""
        if self.settings.mode == "head":
            return Batches("features", self.features.open(), self.context.labels, rows)
        return self.items.batches(rows)

    def _learnt_from(self, rows: np.ndarray) -> torch.utils.data.Dataset:
        """As `batches`, with the augmented views."""
        if self.views is None:
            return self.batches(rows)
        return AlternatingViews(self.views, self.context.labels, rows, self.settings.seed)

    def fit(self, report: ProgressReporter) -> None:
        bf16 = config.trains_in_bf16(self.settings, self.context.device, self.network)
        plan = config.plan(self.settings, bf16=bf16, items=self.counts["train"])
        if self.named:
            report.note(NAMED)
        if self.head_fit.penalised and not has_final_fit(vars(self.settings)):
            report.note(N_("L2 penalty chosen by cross-validation: {penalty:.2g}; it is part of the training "
                           "loss."), penalty=self.head_fit.penalised.penalty)  # fmt: skip
        self._tell_length(plan.epochs, report)
        if self.settings.mode == "last_blocks" and isinstance(self.items, FrozenInputs):
            self.items.keep_below(self.settings.blocks, report)
        train, validation = self._learnt_from(self.context.rows["train"]), self.batches(self.context.rows["validation"])
        if LAYERED.holds(vars(self.settings)):
            blocks = [[f"body.{name}" for name in names] for names in self.network.blocks()]
            plan = replace(plan, rates=layer_rates.factors(blocks, self.settings.layer_decay))
        known = self.interpolation.known() if self.interpolation else None
        begun = None if known else self._begin(report)
        trainer.fit(self.learning, train, validation, plan, self.context.place.folder, _measure, report, self._probes(),
                    _right)  # fmt: skip
        self._close(begun, checkpoints.ends(self.context.place.folder), report, known)
        final = has_final_fit(vars(self.settings))
        if final:
            self.head_fit.end(report)
        self._join(report, final=final)

    def _tell_length(self, epochs: int, report: ProgressReporter) -> None:
        """Say it where few examples are learnt from for longer than many would be."""
        usual = self.settings.automatic(vars(self.settings))["epochs"]
        if self.settings.epochs is None and epochs > usual:
            report.note(N_("Few training examples: {epochs} epochs, not {usual}, so that the weights are updated often "
                           "enough."), epochs=epochs, usual=usual)  # fmt: skip
        if self._contrastive == {"contrastive": SUPERVISED} and self.settings.contrastive == case_settings.AUTOMATIC:
            report.note(N_("Few training examples per class: half of the training loss, and none of the validation "
                           "loss, is contrastive."))  # fmt: skip

    def _begin(self, report: ProgressReporter) -> np.ndarray | None:
        """Tell the network before its first step, a linear probe on the features that are there, as epoch 0 of the
        curves; returns its errors, see `weight_interpolation.errors`."""
        if self.interpolation is None:
            return None
        rows = self.context.rows["validation"]
        scores = network_scores.of_head(self.context, self.items, self.features, rows, report)
        labels = self.context.labels[rows]
        values = _measure(EvalPrediction(scores, labels))
        with torch.no_grad():
            given = (torch.from_numpy(array).to(self.context.device) for array in (scores.astype(np.float32), labels))
            loss = float(self.network.loss(*given))
        report.metrics("validation", 0, {"epoch": 0.0, "loss": loss, **values})
        return weight_interpolation.errors(scores, labels)

    def _close(
        self, begun: np.ndarray | None, weights: Sequence[Path], report: ProgressReporter, known: Settled | None = None
    ) -> None:  # fmt: skip
        """Take what was learnt into the plain weights, as much of it as the validation part bears.

        `weights`: those that the network has, and others that the training may end with; `known`: what was settled.
        """
        config.close(self.network, self.settings)
        if self.interpolation is not None and known is not None:
            self.interpolation.resume(known, weights, report)
        elif self.interpolation is not None and begun is not None:
            self.interpolation.settle(begun, weights, report)

    def _join(self, report: ProgressReporter, *, final: bool) -> None:
        """See `ensemble_decision.decide`; where that fails the network answers alone."""
        found = attempt(SECOND_MODEL, lambda: ensemble_decision.decide(
            self.context, self.items, self.features, self.simple.hold, report, final=final, answers=self._answers
        ))  # fmt: skip
        if isinstance(found, PartFailure):
            self._answer_alone(found)
        else:
            self.judgement, self.known = found

    def _answer_alone(self, failure: PartFailure) -> None:
        self.failures[failure.name] = failure.cause
        self.items.ensemble, self.judgement, self.known = None, None, None

    def _probes(self) -> monitored.MonitoredSamples:
        part_of = {row: part for part, rows in self.context.rows.items() for row in rows.tolist()}
        rows = monitored.choose(self.settings.probes, list(part_of), self.context.rows["validation"],
                                self.context.labels, self.settings.seed)  # fmt: skip
        parts = [part_of[row] for row in rows.tolist()]
        return monitored.MonitoredSamples(self.batches(rows), self.context.dataset.classes, parts)

    def load_best(self) -> Kept:
        begun = self._begin(QUIET)
        kept = trainer.load_best(self.learning, self.context.place.folder)
        self._close(begun, [kept.weights], QUIET)
        self._join(QUIET, final=False)
        return kept

    def validate(self, report: ProgressReporter) -> Validation:
        return classification_evaluation.validated(self.context, self.items, self.features, self.simple.hold, report,
                                                   self.views, self.known, self._answers)  # fmt: skip

    def evaluate(self, report: ProgressReporter) -> Evaluation:
        outcome = self._predict(report)
        evaluation = replace(classification_evaluation.of_outcome(self.context, outcome), failures=self.failures)
        return completed(evaluation, self.parts, report)

    @property
    def _answers(self) -> Answers | None:
        return self.interpolation.answers if self.interpolation else None

    def _predict(self, report: ProgressReporter) -> Predictions:
        """What the model says of the test and validation part; of the network alone where the second model fails."""

        def ask() -> tuple[Predictions, Answers]:
            return classification_evaluation.predict(self.context, self.items, report, answers=self._answers)

        found = attempt(SECOND_MODEL, ask) if self.items.ensemble else ask()
        if isinstance(found, PartFailure):
            self._answer_alone(found)
            found = ask()
        outcome, self.told = found
        self.evaluated = outcome.of("test").probabilities
        return outcome

    def _seen(self, report: ProgressReporter) -> np.ndarray:
        """(items, width) what the head saw of the test and the validation part."""
        if self.told is None:  # these weights were evaluated by an earlier process
            _outcome, self.told = classification_evaluation.predict(self.context, self.items, report,
                                                                    answers=self._answers)  # fmt: skip
        return self.told.seen

    @property
    def parts(self) -> Sequence[EvaluationPart]:
        return EvaluationPart(MAP, self._add_map), EvaluationPart(LABELS, self._add_labels)

    def _add_map(self, evaluation: Evaluation, report: ProgressReporter) -> Evaluation:
        outcome = classification_evaluation.with_map(
            self.context, self.items, self.features, classification_evaluation.outcome_of(evaluation),
            self._seen(report), report,
        )  # fmt: skip
        return replace(evaluation, outcome=outcome)

    def _add_labels(self, evaluation: Evaluation, report: ProgressReporter) -> Evaluation:
        moved = self.interpolation is not None and self.interpolation.moved
        outcome = classification_evaluation.with_labels(
            self.context, self.items, self.features, self.simple.hold,
            classification_evaluation.outcome_of(evaluation), report,
            tuned=self._seen(report)[self.counts["test"] :] if moved else None, told=self.known,
        )  # fmt: skip
        return replace(evaluation, outcome=outcome)

    def save(self, folder: Path, result: dict[str, Any], report: ProgressReporter) -> dict[str, Any]:
        if self.evaluated is None:
            self._predict(report)
        return export.save(folder, self.items.exported(), result, self.tested, report)

    def snapshot(self, folder: Path, report: ProgressReporter) -> None:
        """See `cases.base.SnapshotTrainer`."""
        rows, items = proof_items.of_snapshot(self.context, self.items, report)
        export.write(folder, self.items.exported(), rows, lambda: items.ask(folder, proof.ONNX, report), report)

    def learning_curve(self, result: Mapping[str, Any], report: ProgressReporter) -> LearningCurve:
        """See `cases.base.LearningCurveTrainer`; a probe's, whatever the run kept."""
        context = self.context
        return probe_curve.measure(
            self.features.open(), context.labels, len(context.dataset.classes), context.rows["train"],
            context.rows["validation"], context.together, self.simple.hold, self.items.network.enough, context.device,
            report,
        )  # fmt: skip

    def test_probabilities(self, report: ProgressReporter) -> tuple[np.ndarray, np.ndarray]:
        """See `cases.base.LabelCheckTrainer`."""
        rows = self.context.rows["test"]
        scores, _seen = network_scores.forward(self.items, rows, self.context.device, report)
        return rows, network_scores.probabilities(scores)

    def lesson_arms(self) -> HeadArms:
        """See `cases.base.LessonTrainer`."""
        return lesson_arm.arms(self.context, self.items, self.features)

    @property
    def tested(self) -> ProofItems:
        if self.evaluated is None:
            raise ValueError("Nothing was evaluated yet, so there is nothing that a bundle should say again.")
        return proof_items.of_test_part(self.context, self.items, self.evaluated)

    def prove(self, folder: Path, report: ProgressReporter) -> dict[str, Any]:
        return {"script": self.tested.told(folder, proof.SCRIPT, report)}

    def describe(self, folder: Path, result: dict[str, Any]) -> None:
        export.describe(folder, self.items.exported(), result)

    @property
    def used(self) -> dict[str, Any]:
        """Where cross-validation chose a penalty there is no weight decay besides; `trained` tells the penalty."""
        epochs = training_length(type(self.settings), vars(self.settings), self.counts["train"]).epochs
        penalised = {"weight_decay": 0.0} if self.head_fit.penalised else {}
        return case_settings.used(self.settings) | {"epochs": epochs} | self._contrastive | penalised

    @property
    def _contrastive(self) -> dict[str, str]:
        """What the setting came to, where the case has it."""
        asked = "contrastive" in vars(self.settings)
        return {"contrastive": contrastive_for(self.settings, self.context.counts)} if asked else {}

    @property
    def trained(self) -> dict[str, Any]:
        penalty = {"l2_penalty": self.head_fit.penalised.penalty} if self.head_fit.penalised else {}
        known = checkpoints.trained(self.context.place.folder)
        ended = self.interpolation.settled if self.interpolation else None
        settled = {"share": ended.share} if ended else {}
        if ended and ended.share and ended.end:
            known["best_epoch"] = known["epochs"]  # the end, though its validation loss was not the lowest
        joined = {}
        if self.judgement and self.items.second:
            joined = {"ensemble": self.judgement.as_json(self.items.second)}
        named = {"class_names": True} if self.named else {}
        return known | penalty | settled | named | joined | dict(self.items.trained)

    @property
    def named(self) -> bool:
        """Whether the head began with the names of the classes."""
        used = self.settings.mode != "head" and not self.settings.hidden
        used = used or has_final_fit(vars(self.settings)) or self.head_fit.penalised is not None
        return used and self.simple.hold.prior is not None

    @property
    def edited(self) -> dict[str, dict[str, int]]:
        return self.context.edited

    @property
    def note(self) -> dict[str, Any]:
        return device.note(self.context.device, bf16=self.context.bf16)


def _right(logits: Tensor, labels: Tensor) -> Tensor:
    return (logits.argmax(1) == labels).sum()


def _measure(outcome: EvalPrediction) -> dict[str, float]:
    predicted = outcome.predictions.argmax(1)
    return {name: metric(outcome.label_ids, predicted) for name, metric in METRICS.items()}
