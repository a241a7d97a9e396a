"""A pretrained body learns a person's own labels, one for each item: what all such cases share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_model
from torch import Tensor, nn
from transformers.trainer_utils import EvalPrediction

from cases import settings as case_settings
from cases.base import Evaluation, Validation
from cases.classification import ensemble, export
from cases.classification import evaluation as classification_evaluation
from cases.classification.ensemble import Ensemble, Judgement
from cases.classification.lesson_arm import HeadArms
from cases.classification.model_inputs import AugmentedInputs, FrozenInputs, HandMade, ModelInputs, SmallInputs
from cases.classification.settings import (
    ALONE,
    FEW_VALIDATED,
    LAYERED,
    has_final_fit,
    has_penalty,
    is_linear_probe,
    views_learnt,
)
from cases.hyperparameters import training_length
from cases.training import config, proof
from cases.training.context import TrainingContext
from cases.training.proof import ProofItems
from models.errors import N_
from models.evaluation import agreement, metrics
from models.evaluation.learning_curve import LearningCurve
from models.evaluation.predictions import OUT_OF_FOLD, Predictions
from models.heads import linear_probe, probe_curve
from models.heads.augmented_features import AlternatingViews, AugmentedFeatures, stacked
from models.heads.baselines import Baselines
from models.heads.head import HeadOnFeatures, ProbeConfig, warm_start
from models.lessons.data import FeatureData
from models.progress import QUIET, ProgressReporter
from models.training import checkpoints, device, interpolation, layer_rates, monitored, trainer
from models.training.batches import Batches
from models.training.checkpoints import Kept
from models.training.interpolation import Settled

SNAPSHOT_ITEMS = 32  # validation items on which a snapshot is checked
METRICS = {"accuracy": metrics.accuracy, "macro_f1": metrics.macro_f1}
ENOUGH = 0.75  # of what the best share of the way brings: one half of the way is less sure of itself where it errs
KEPT_START = N_(
    "The starting point was kept: fine-tuning was not clearly better. Mean probability of the true class on the "
    "validation set: {start:.0%}."
)
KEPT_BETWEEN = N_(
    "Weights between start and end were kept ({share:.0%} of the way). Mean probability of the true class on the "
    "validation set: {start:.0%} → {kept:.0%}."
)
KEPT_END = N_(
    "Fine-tuning beat its starting point, the linear probe. Mean probability of the true class on the validation set: "
    "{start:.0%} → {kept:.0%}."
)


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
            self.features.path, report, enough=items.network.enough, where=context.device,
        )  # fmt: skip
        self._start_head(report)
        self.start = interpolation.taken(self.network) if self.settings.mode != "head" else None
        self.settled: Settled | None = None
        self.judgement: Judgement | None = None
        config.open_up(self.network, self.settings)
        self.evaluated: np.ndarray | None = None  # (test items, classes) what the evaluation told

    def _augmented(self, report: ProgressReporter) -> AugmentedFeatures | None:
        """What the head learns from besides the plain features, where the settings say so."""
        count = views_learnt(vars(self.settings))
        if not count or not isinstance(self.items, AugmentedInputs):
            return None
        return self.items.augmented(count, report)

    def _start_head(self, report: ProgressReporter) -> None:
        """Standardise; and where the body will move, let the head know first what the frozen features tell."""
        head, where = self.network.head, self.context.device
        if self.settings.mode == "head" or self.settings.hidden:
            begun = {name: value.clone() for name, value in head.state_dict().items()}

            def start(where: torch.device) -> None:
                head.load_state_dict(begun)
                head.to(where)
                rows = self.context.rows["train"]
                features = torch.from_numpy(np.array(self.features.open()[rows])).to(where)
                head.standardise(features, self._penalised)
                if self.settings.mode != "head":
                    warm_start(head, features, torch.from_numpy(self.context.labels[rows]).to(where))

            device.there_or_here(start, where, report)
            head.to(where)
        else:
            head.load_state_dict(self.simple.head.state_dict())

    @property
    def _penalised(self) -> ProbeConfig | None:
        """What training holds the head to, where cross-validation chose that."""
        return self.simple.hold if has_penalty(vars(self.settings)) else None

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
            return HeadOnFeatures(self.network.head, self.network.loss, self._penalised)
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
        if self._penalised and not has_final_fit(vars(self.settings)):
            report.note(N_("L2 penalty chosen by cross-validation: {penalty:.1g}; it is part of the training "
                           "loss."), penalty=self._penalised.penalty)  # fmt: skip
        self._tell_length(plan.epochs, report)
        if self.settings.mode == "last_blocks" and isinstance(self.items, FrozenInputs):
            self.items.keep_below(self.settings.blocks, report)
        train, validation = self._learnt_from(self.context.rows["train"]), self.batches(self.context.rows["validation"])
        if LAYERED.holds(vars(self.settings)):
            blocks = [[f"body.{name}" for name in names] for names in self.network.blocks()]
            plan = replace(plan, rates=layer_rates.factors(blocks, self.settings.layer_decay))
        begun = self._begin(report)
        trainer.fit(self.learning, train, validation, plan, self.context.place.folder, _measure, report, self._probes(),
                    _right)  # fmt: skip
        self._close(begun, checkpoints.ends(self.context.place.folder), report)
        final = has_final_fit(vars(self.settings))
        if final:
            self._fit_once_more(report)
        self._join(report, final=final)

    def _tell_length(self, epochs: int, report: ProgressReporter) -> None:
        """Say it where few examples are learnt from for longer than many would be."""
        usual = self.settings.automatic(vars(self.settings))["epochs"]
        if self.settings.epochs is None and epochs > usual:
            report.note(N_("Few training examples: {epochs} epochs, not {usual}, so that the weights are updated often "
                           "enough."), epochs=epochs, usual=usual)  # fmt: skip

    def _begin(self, report: ProgressReporter) -> np.ndarray | None:
        """Tell the network before its first step, a linear probe, as epoch 0 of the curves; returns its errors, as
        `_errors`."""
        if self.start is None:
            return None
        scores, labels = self._validated(report)
        values = _measure(EvalPrediction(scores, labels))
        with torch.no_grad():
            given = (torch.from_numpy(array).to(self.context.device) for array in (scores.astype(np.float32), labels))
            loss = float(self.network.loss(*given))
        report.metrics("validation", 0, {"epoch": 0.0, "loss": loss, **values})
        return _errors(scores, labels)

    def _validated(self, report: ProgressReporter) -> tuple[np.ndarray, np.ndarray]:
        """Scores (items, classes) and labels (items,) of the validation part."""
        rows = self.context.rows["validation"]
        scores, _ = classification_evaluation.forward(self.items, rows, self.context.device, report)
        return scores, self.context.labels[rows]

    def _close(self, begun: np.ndarray | None, weights: Sequence[Path], report: ProgressReporter) -> None:
        """Take what was learnt into the plain weights, as much of it as the validation part bears.

        `weights`: those that the network has, and others that the training may end with.
        """
        config.close(self.network, self.settings)
        if self.start is None or begun is None:
            return
        told = interpolation.settle(
            self.network, self.start, begun, lambda: _errors(*self._validated(report)),
            [partial(self._reach, one) for one in weights], ENOUGH,
        )  # fmt: skip
        self.settled = told
        note = {0.0: KEPT_START, 1.0: KEPT_END}.get(told.share, KEPT_BETWEEN)
        report.note(note, share=told.share, start=1 - told.start, kept=1 - told.kept)

    def _reach(self, weights: Path) -> None:
        """Give the network, which is closed, the weights of a training."""
        config.open_up(self.network, self.settings)
        load_model(self.learning, str(weights))
        config.close(self.network, self.settings)

    def _join(self, report: ProgressReporter, *, final: bool) -> None:
        """Decide whether a second model answers together with the network, see `cases.classification.ensemble`; with a
        `final` fit both learn from the validation part too, so they are judged out of fold."""
        second = self.items.second
        if second is None or second.way == ALONE:
            return
        rows = self.context.rows
        member = second.fit(rows["train"]) if not final else None
        linear = is_linear_probe(vars(self.settings))
        if member is None or (linear and len(rows["validation"]) < FEW_VALIDATED):
            told = classification_evaluation.both_out_of_fold(
                self.context, self.features, self.simple.hold, second, report
            )
            self.judgement = ensemble.judge(second.way, OUT_OF_FOLD, *told)
        else:
            some = rows["validation"]
            scores = classification_evaluation.scores_of_network(self.context, self.items, self.features, some, report)
            beside = member.probabilities(some)
            self.judgement = ensemble.judge(second.way, "validation", scores, beside, self.context.labels[some])
        if self.judgement.taken:
            member = member or second.fit(np.sort(np.concatenate([rows["train"], rows["validation"]])))
            self.items.ensemble = Ensemble(member, self.judgement.factor)
        report.note(second.told[self.judgement.taken], **vars(self.judgement))

    def _fit_once_more(self, report: ProgressReporter) -> None:
        """The linear head on all that may be learnt from; which part is the validation part matters no more."""
        context = self.context
        rows = np.sort(np.concatenate([context.rows["train"], context.rows["validation"]]))
        hold, classes = self.simple.hold, len(context.dataset.classes)

        def fit(where: torch.device) -> nn.Module:
            features, labels = (torch.from_numpy(some).to(where) for some in
                                (np.array(self.features.open()[rows]), context.labels[rows]))  # fmt: skip
            if self.views:
                features, labels = stacked(features, torch.from_numpy(self.views.beside(rows)).to(where), labels)
            return linear_probe.fit(features, labels, classes, hold)

        fitted = device.there_or_here(fit, context.device, report)
        self.network.head.load_state_dict(fitted.state_dict())
        report.note(N_("Final fit on training + validation; L2 penalty chosen by cross-validation: "
                       "{penalty:.1g}."), penalty=hold.penalty)  # fmt: skip

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
                                                   self.views)  # fmt: skip

    def evaluate(self, report: ProgressReporter) -> Evaluation:
        outcome = self._outcome(report)
        self.evaluated = outcome.of("test").probabilities
        return classification_evaluation.of_outcome(self.context, outcome)

    def _outcome(self, report: ProgressReporter) -> Predictions:
        moved = self.settled is not None and self.settled.share > 0
        return classification_evaluation.outcome_of(self.context, self.items, self.features, self.simple.hold, report,
                                                    moved=moved)  # fmt: skip

    def save(self, folder: Path, result: dict[str, Any], report: ProgressReporter) -> dict[str, Any]:
        if self.evaluated is None:
            self.evaluated = self._outcome(report).of("test").probabilities
        return export.save(folder, self.items.exported(), result, self.tested, report)

    def snapshot(self, folder: Path, report: ProgressReporter) -> None:
        """See `cases.base.SnapshotTrainer`."""
        rows = self.context.rows["validation"]
        some = rows[proof.drawn(len(rows), self.settings.seed)[:SNAPSHOT_ITEMS]]
        scores, _seen = classification_evaluation.forward(self.items, some, self.context.device, report)
        told = classification_evaluation.probabilities(classification_evaluation.joined(self.items, scores, some))
        items = self._proof(some, told, len(rows))
        export.write(folder, self.items.exported(), some, lambda: items.ask(folder, proof.ONNX, report), report)

    def learning_curve(self, result: Mapping[str, Any], report: ProgressReporter) -> LearningCurve:
        """See `cases.base.LearningCurveTrainer`; a probe's, whatever the run kept."""
        context = self.context
        return probe_curve.measure(
            self.features.open(), context.labels, len(context.dataset.classes), context.rows["train"],
            context.rows["validation"], context.together, self.simple.hold, self.items.network.enough, context.device,
            report,
        )  # fmt: skip

    def lesson_arms(self) -> HeadArms:
        """See `cases.base.LessonTrainer`."""
        context = self.context
        rows = np.sort(np.concatenate([context.rows["train"], context.rows["validation"]]))
        hand = self.items.by_hand() if isinstance(self.items, HandMade) else None
        classes = len(context.dataset.classes)
        small = self.items.small() if isinstance(self.items, SmallInputs) else None
        data = FeatureData(self.features.open(), context.labels, classes, rows, context.together, hand)
        return HeadArms(data, small)

    @property
    def tested(self) -> ProofItems:
        if self.evaluated is None:
            raise ValueError("Nothing was evaluated yet, so there is nothing that a bundle should say again.")
        rows = self.context.rows["test"]
        places = proof.drawn(len(rows), self.settings.seed)
        return self._proof(rows[places], self.evaluated[places], len(rows))

    def _proof(self, rows: np.ndarray, told: np.ndarray, total: int) -> ProofItems:
        """These rows of the samples, of which the network `told` (rows, classes) probabilities."""
        names = self.context.dataset.samples["name"].iloc[rows].tolist()
        return ProofItems(names, self.items.given(rows), self.items.sizes(rows),
                          partial(agreement.of_probabilities, told), total)  # fmt: skip

    def prove(self, folder: Path, report: ProgressReporter) -> dict[str, Any]:
        return {"script": self.tested.told(folder, proof.SCRIPT, report)}

    def describe(self, folder: Path, result: dict[str, Any]) -> None:
        export.describe(folder, self.items.exported(), result)

    @property
    def used(self) -> dict[str, Any]:
        """Where cross-validation chose a penalty there is no weight decay besides; `trained` tells the penalty."""
        epochs = training_length(type(self.settings), vars(self.settings), self.counts["train"]).epochs
        penalised = {"weight_decay": 0.0} if self._penalised else {}
        return case_settings.used(self.settings) | {"epochs": epochs} | penalised

    @property
    def trained(self) -> dict[str, Any]:
        penalty = {"l2_penalty": self._penalised.penalty} if self._penalised else {}
        known = checkpoints.trained(self.context.place.folder)
        settled = {"share": self.settled.share} if self.settled else {}
        if self.settled and self.settled.end:
            known["best_epoch"] = known["epochs"]  # its validation loss was not the lowest, but its answers were best
        joined = {}
        if self.judgement and self.items.second:
            joined = {"ensemble": self.judgement.as_json(self.items.second)}
        return known | penalty | settled | joined | dict(self.items.trained)

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


def _errors(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(items,) one less the probability of the item's class: unlike the cross-entropy, it has a bound, so a single item
    cannot decide where there are few."""
    return 1 - classification_evaluation.probabilities(scores)[np.arange(len(labels)), labels]
