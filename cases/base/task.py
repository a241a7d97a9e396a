"""A task: what a network can learn of the data of a case, and the package that trains, measures and predicts it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd

from cases.base.prediction import Item, Predictor
from cases.base.upload import WorkDirs
from cases.conditions import Condition
from cases.data_export import Entry
from cases.dataset import Dataset
from cases.notebook import Notebook, TrainingRecord
from cases.task_types import TaskType
from models.evaluation.learning_curve import LearningCurve
from models.evaluation.metrics import Interval
from models.evaluation.predictions import Predictions
from models.lessons.epoch import Plane, Traced
from models.lessons.kind import ArmModel
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
    """

    metrics: dict[str, Interval]
    predictions: pd.DataFrame
    outcome: Predictions | None = None
    as_read: dict[str, float] = field(default_factory=dict)
    validation: Mapping[str, float] = field(default_factory=dict)
    repeated: Mapping[str, Any] = field(default_factory=dict)
    losses: pd.DataFrame | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Validation:
    """How a trained model did on the validation part, example by example.

    `rows`: (examples,) which they were, rows of the samples or users; `scores`: (examples,) numbers whose mean is the
    task's metric; `losses`: (examples,) of a finer measure, the lower the better, where there is one.
    """

    rows: np.ndarray
    scores: np.ndarray
    losses: np.ndarray | None = None


@dataclass(frozen=True)
class Baseline:
    """A method that needs no fine-tuning, beside which a model is told; all but `name` and `dash` are message ids."""

    name: str  # as results keep it, see `Trainer.references`
    title: str
    within: str  # the title within a sentence
    told: str  # what it is, and what it learns from
    dash: str  # of its line while training, as Plotly calls it
    lay: str = ""  # the same for who does not know the methods
    simple: bool = True  # a simple method, and not the pretrained model as it came


class Trainer(Protocol):
    """A network on its way to a finished model."""

    counts: dict[str, int]  # items in train, validation, test
    references: dict[str, dict[str, float]]  # baseline → metric → value on the test part
    live_references: dict[str, float]  # the same of the validation part, for the metric that is drawn
    note: dict[str, Any]  # what the run records of how it computed: device, precision, threads
    used: dict[str, Any]  # the settings, with what those that a person left empty stood for
    trained: dict[str, Any]  # how far the training came, see `models.training.checkpoints.trained`
    edited: dict[str, dict[str, int]]  # part → what was changed by hand in it, see `cases.splits.edited`

    def fit(self, report: ProgressReporter) -> None: ...
    def load_best(self) -> Kept:
        """Take the weights that a stopped training gives: those of its best epoch, in its first epoch the latest."""

    def validate(self, report: ProgressReporter) -> Validation:
        """Predict the validation part by the weights that are kept; reads nothing of the test part."""

    def evaluate(self, report: ProgressReporter) -> Evaluation: ...
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


class ArmTraining(Protocol):
    """One training of an arm of a lesson, on data that are arranged for it."""

    @property
    def items(self) -> int:
        """How many it learns from."""

    @property
    def held(self) -> int:
        """By how many it is judged."""

    def epochs(self) -> Iterator[Traced]:
        """Train it, from the start that its seed gives.

        Raises:
            InputError: nothing can be learnt so.
        """

    def measured(self, epochs: Sequence[Traced]) -> dict[str, float]:
        """The measures of its `models.lessons.kind.LessonKind`, from all that `epochs` gave."""

    def plane(self, epochs: Sequence[Traced]) -> Plane | None:
        """What it answers between its held-out items, in the same epoch; None where they are no points of a plane."""


class LessonArms(Protocol):
    """What the arms of lessons learn from, and how each is trained."""

    def training(self, settings: Any, data: Any, model: ArmModel, seed: int) -> ArmTraining:
        """Arrange the data for an arm; with the same seed all arms are judged by the same.

        Args:
            settings: of the case.
            data, model: the options of its `models.lessons.kind.LessonKind`.

        Raises:
            InputError: the data are too few, or lack what is asked for.
        """


@runtime_checkable
class LessonTrainer(Protocol):
    """A `Trainer` whose data a lesson can be tried on."""

    def lesson_arms(self) -> LessonArms:
        """Of the training and the validation part; the test part is not among it."""


@dataclass(frozen=True)
class Task:
    """What a network can learn of the data of a case.

    `task_type` says what the label of an item is: one of a few classes, a text, or the title of an item of a catalogue
    from which somebody is shown a list; data and results are shown by it. `metric` is the one that is drawn while
    training, with those of `also` beside it, and told first; see `models.evaluation.metrics.FALLING`. `title` and
    `promise`, what a model does, are message ids. `baselines`: all that a result may tell, the strongest first as a
    rule.

    The work is done by modules of `package`, each named in the method that imports it. They may import torch, which
    the web process never does, so they are imported when they are first asked.
    """

    name: str
    title: str
    task_type: TaskType
    metric: str
    promise: str  # with {n} and {classes} where there are classes
    Settings: type  # a frozen dataclass, see `cases.settings`; the tasks of a case share one, as they share a form
    package: str
    baselines: tuple[Baseline, ...]
    also: tuple[str, ...] = ()
    unspaced: str = ""  # the metric in its place where the language of the data has no spaces between words
    strict: bool = False  # a model that does not know the language of the data is refused, not only warned of
    drawn: bool = True  # its parts are drawn by chance, so that they can be drawn again, see `cases.splits.again`
    ensemble: Mapping[bool, str] = field(default_factory=dict)  # whether a second model answers together with the
    # network → a message id, see `cases.classification.ensemble`; empty where there is none
    shares: Condition | None = None  # when several processes can share its training out, see `models.training.ranks`
    pipeline_tag: str = ""  # what model hubs call it; "" where they have no word for it

    def build(self, settings: Any, dataset: Dataset, place: WorkDirs, report: ProgressReporter) -> Trainer:
        """Prepare the training: `trainer.build`.

        Raises:
            InputError: the data or the settings do not allow one.
        """
        return self._module("trainer").build(settings, dataset, place, report)

    def profile(self, settings: Any, dataset: Dataset, place: WorkDirs, report: ProgressReporter) -> dict[str, Any]:
        """Measure in a few seconds what `build`, `fit`, `evaluate` and `save` would take here; nothing it does is kept.
        `profile.measure`.

        Returns, fit for JSON: pace (as `models.training.cost_estimate.CostEstimate`), body (as
        `models.pretrained.registry.BackboneSpec`), per_second (items that the frozen body sees), device, device_mb (all
        the memory it has), recomputed (where a body learns: whether gradient checkpointing would be on), and views: for
        a few items the names of files in the run's folder that show what training would see of each, [] where it sees
        the items as they are.
        """
        return self._module("profile").measure(settings, dataset, place, report)

    def predictor(self, bundle: Path, data: Path | None = None) -> Predictor:
        """Open the portable model of a bundle, without torch: `predictor.load`.

        Args:
            data: the folder of the data set that it learnt from. A module that has `complete` finds there what bundles
                of earlier versions do not hold.

        Raises:
            InputError: the bundle has none.
        """
        module = self._module("predictor")
        complete = getattr(module, "complete", None) if data and data.is_dir() else None
        return complete(module.load(bundle), data) if complete else module.load(bundle)

    def predict(self, bundle: Path, files: Sequence[Path]) -> list[str]:
        """The label of each file by the script that leaves with a bundle: `predictor.by_script`."""
        return self._module("predictor").by_script(bundle, files) if files else []

    def explain(self, bundle: Path, item: Item, folder: Path) -> dict[str, Any]:
        """Write into `folder` what a saved bundle looked at in an item: `explanation.explain`. A task whose predictions
        come with their reasons has no such module.

        Returns what was found, fit for JSON: predicted, confidence, truth (None where it is not known or is no class
        of the model) and pictures, the names of the files without `.webp` in the order they are shown. Of a text also
        words, for predicted and truth its pieces with their weights from -1 to 1, and unseen, how many characters at
        its end were not read. Of a sound also sounds, the names of files without `.wav`, and more about them (see
        `cases.speech.explanation`).
        """
        return self._module("explanation").explain(bundle, item, folder)

    def inspect(self, bundle: Path, item: Item, folder: Path) -> dict[str, Any]:
        """Write into `folder` what a saved bundle makes of an item, layer by layer: `inspection.inspect`.

        Returns what was found, fit for JSON, see `cases.training.inspection.Inspection`. Its step of gradient descent
        is for the label of the item, or where that is not known for the prediction.
        """
        return self._module("inspection").inspect(bundle, item, folder).write(folder)

    def enter(self, weights: Path, item: Item, folder: Path) -> dict[str, Any]:
        """Write into `folder` an item as the pretrained model in `weights` gets it: `inspection.enter`. Returns the
        same as `inspect`, of which only the input is there."""
        return self._module("inspection").enter(weights, item, folder).write(folder)

    @property
    def inspects(self) -> bool:
        """Whether there is an `inspection` module, so that one can look inside."""
        return bool(find_spec(f"{self.package}.inspection"))

    def standalone(
        self, bundle: Path, folder: Path, choice: str, dataset: Dataset | None, report: ProgressReporter
    ) -> dict[str, Any]:
        """Write a model that needs no Python: ONNX from raw inputs on, and a script that shows how it is used;
        `standalone.write`.

        Args:
            folder: there already, and empty.
            choice: one of `standalone_choices`.
            dataset: what it learnt from; None where that is gone.

        Returns:
            What `model.json` in the folder says, see docs/standalone-model.md.

        Raises:
            InputError: the model cannot be written so.
        """
        return self._module("standalone").write(bundle, folder, choice, dataset, report)

    def prove_standalone(
        self, bundle: Path, folder: Path, dataset: Dataset, evaluation: Evaluation, report: ProgressReporter
    ) -> dict[str, Any] | None:
        """Have the folder that `standalone` wrote answer the test items in a new process, by its own script:
        `standalone.prove`.

        Args:
            evaluation: of the model, with its single answers.

        Returns:
            `agreement` of `model.json`; None where there is nothing to compare with.

        Raises:
            InputError: the folder gives no answers.
        """
        return self._module("standalone").prove(bundle, folder, dataset, evaluation, report)

    def standalone_choices(self, bundle: Path) -> tuple[str, ...]:
        """How the weights of a model may be stored where it needs no Python, the usual one first: `standalone.choices`.
        Empty where the task offers none.
        """
        if not find_spec(f"{self.package}.standalone"):
            return ()
        return self._module("standalone").choices(bundle)

    def notebook(self, record: TrainingRecord, dataset: Dataset, language: str) -> Notebook | None:
        """The training on `dataset` as plain code of PyTorch, for a reader of `language`: `notebook.write`. It needs
        the data as `divided` gives them and the pretrained model, and nothing of Casebook.

        None where the task offers none.
        """
        if not find_spec(f"{self.package}.notebook"):
            return None
        return self._module("notebook").write(record, dataset, language)

    def divided(self, dataset: Dataset, settings: Mapping[str, Any]) -> Iterator[Entry]:
        """The data that the notebook reads, with the part of each example by these settings: `notebook.divided`."""
        return self._module("notebook").divided(dataset, settings)

    def preload(self) -> None:
        """Import what trains, explains and looks inside, with all that it imports."""
        for name in ("trainer", "explanation", "inspection"):
            if find_spec(f"{self.package}.{name}"):
                self._module(name)

    def _module(self, name: str) -> Any:
        return import_module(f"{self.package}.{name}")
