"""A trainer: a network on its way to a finished model, and how well that did."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd

from models.evaluation.learning_curve import LearningCurve
from models.evaluation.metrics import Interval
from models.evaluation.predictions import Predictions
from models.progress import ProgressReporter
from models.training.checkpoints import Kept


@dataclass(frozen=True)
class Evaluation:
    """How the model did on the test part.

    `predictions` has the columns id (row of the data set's samples), label, predicted and what else the task knows of
    single items; with a column right where that is not whether the two are equal.
    `outcome` tells more, also of other parts, where the items have classes.
    `as_read`: what the first of the metrics would be by the labels as they were read, where some of the test part were
    changed; else empty.
    `validation`: the `value` of the first of the metrics on the validation part, by the same weights, and on how many
    `items`; empty where it is not known, or these weights were fitted to that part too.
    `repeated`: how many of the test items were in the training data too, see `cases.repeats.told`.
    `losses`: how surprised the model is by each label, of all parts, where labels are texts; see
    `cases.speech.transcription.label_losses`.
    `more`: what else the result of the run tells, fit for JSON.
    `item_map`: where items that are recommended lie on a map: item (its number), x and y.
    `failures`: part → why it could not be computed, see `cases.base.parts`.
    """

    metrics: dict[str, Interval]
    predictions: pd.DataFrame
    outcome: Predictions | None = None
    as_read: dict[str, float] = field(default_factory=dict)
    validation: Mapping[str, float] = field(default_factory=dict)
    repeated: Mapping[str, Any] = field(default_factory=dict)
    losses: pd.DataFrame | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    item_map: pd.DataFrame | None = None
    failures: Mapping[str, Exception] = field(default_factory=dict)


@dataclass(frozen=True)
class EvaluationPart:
    """What an evaluation tells besides its metrics, see `cases.base.parts`. `add`: the evaluation with this part."""

    name: str
    add: Callable[[Evaluation, ProgressReporter], Evaluation]


@dataclass(frozen=True, eq=False)
class Validation:
    """How a trained model did on the validation part, example by example.

    `rows`: (examples,) which they were, rows of the samples or users; `scores`: (examples,) numbers whose mean is the
    task's metric; `losses`: (examples,) of a finer measure, the lower the better, where there is one.
    """

    rows: np.ndarray
    scores: np.ndarray
    losses: np.ndarray | None = None


class Trainer(Protocol):
    """A network on its way to a finished model."""

    counts: dict[str, int]  # items in train, validation, test
    references: dict[str, dict[str, float]]  # baseline → metric → value on the test part
    live_references: dict[str, float]  # the same of the validation part, for the metric that is drawn
    note: dict[str, Any]  # what the run records of how it computed: device, precision, threads
    used: dict[str, Any]  # the settings, with what those that a person left empty stood for
    trained: dict[str, Any]  # how far the training came, see `models.training.checkpoints.trained`
    edited: dict[str, dict[str, int]]  # part → what was changed by hand in it, see `cases.splits.edited`
    failures: dict[str, Exception]  # part of the model → why it goes on without it, see `cases.base.parts`

    def fit(self, report: ProgressReporter) -> None: ...
    def load_best(self) -> Kept:
        """Take the weights that a stopped training gives: those of its best epoch, in its first epoch the latest."""

    def validate(self, report: ProgressReporter) -> Validation:
        """Predict the validation part by the weights that are kept; reads nothing of the test part."""

    def evaluate(self, report: ProgressReporter) -> Evaluation:
        """How it did on the test part, with all of `parts` that could be computed."""

    @property
    def parts(self) -> Sequence[EvaluationPart]:
        """What can be added to an evaluation later, too, by the weights that are kept."""

    def save(self, bundle: Path, result: dict[str, Any], report: ProgressReporter) -> dict[str, Any]:
        """Write the bundle; returns what the result is to say about it besides.

        That is `onnx`: how the portable file agrees with the network (see `models.evaluation.agreement.Agreement`), or
        None where it has none.
        """

    def prove(self, bundle: Path, report: ProgressReporter) -> dict[str, Any]:
        """Have the bundle's own script answer the test items in a new process; returns what the result is to say of it.

        That is `script`: how it agrees with the network, as `onnx`; nothing where the script itself needs the ONNX
        files.
        """

    def describe(self, bundle: Path, result: dict[str, Any]) -> None:
        """Write the model card and the figures anew, with what became known of the bundle since it was saved."""


@runtime_checkable
class SnapshotTrainer(Protocol):
    """A `Trainer` of a task type whose models can be tried while they learn."""

    def snapshot(self, bundle: Path, report: ProgressReporter) -> None:
        """Write a bundle that only answers, with the weights as they are, checked on validation items: the test part is
        not looked at."""


@runtime_checkable
class LearningCurveTrainer(Protocol):
    """A `Trainer` that can tell what more examples would bring."""

    def learning_curve(self, result: Mapping[str, Any], report: ProgressReporter) -> LearningCurve:
        """How good a model is with parts of the training examples: a linear probe on the kept features, or the model
        that a run chose, by its `result`. The test part is not looked at."""


@runtime_checkable
class LabelCheckTrainer(Protocol):
    """A `Trainer` whose network can judge the labels of a test part that it was not trained on."""

    def test_probabilities(self, report: ProgressReporter) -> tuple[np.ndarray, np.ndarray]:
        """(items,) rows of the test part, and (items, classes) what the trained network says of them, without what is
        averaged with it."""
