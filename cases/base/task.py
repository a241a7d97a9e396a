"""A task: what a network can learn of the data of a case, and the package that trains, measures and predicts it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cases.base.prediction import Item, Predictor
from cases.base.trainer import Evaluation, Trainer
from cases.base.upload import WorkDirs
from cases.conditions import Condition
from cases.data_export import Entry
from cases.dataset import Dataset
from cases.notebook import Notebook, TrainingRecord
from cases.task_types import TaskType
from models.progress import ProgressReporter


@dataclass(frozen=True)
class Baseline:
    """A method that needs no fine-tuning, beside which a model is told; all but `name` and `dash` are message ids."""

    name: str  # as results keep it, see `Trainer.references`
    title: str
    within: str  # the title within a sentence
    told: str  # what it is, and what it learns from
    dash: str  # of its line while training, as Plotly calls it
    lay: str = ""  # the same for who does not know the methods
    simple: bool = True  # a method that does without the pretrained network
    reached_by: Condition | None = None  # the settings whose model is of this very kind: it is what they start from,
    # so that being about as good says nothing of the model


@dataclass(frozen=True)
class Task:
    """What a network can learn of the data of a case.

    `task_type` says what the label of an item is: one of a few classes, a text, or the title of an item of a catalogue
    from which somebody is shown a list; data and results are shown by it. `metric` is the one that is drawn while
    training, and told first; see `models.evaluation.metrics.FALLING`. `title` and `promise`, what a model does, are
    message ids. `baselines`: all that a result may tell, the strongest first as a rule.

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
    unspaced: str = ""  # the metric in its place where the language of the data has no spaces between words
    strict: bool = False  # a model that does not know the language of the data is refused, not only warned of
    drawn: bool = True  # its parts are drawn by chance, so that they can be drawn again, see `cases.splits.again`
    ensemble: Mapping[tuple[str, str], str] = field(default_factory=dict)  # if a second model may answer together with
    # the network: (part it was judged on, `cases.classification.hyperparameters.ensemble_outcome`) → a message id
    shares: Condition | None = None  # when several processes can share its training out, see `models.training.ranks`
    pipeline_tag: str = ""  # what model hubs call it; "" where they have no word for it

    def same(self, settings: Mapping[str, Any]) -> Baseline | None:
        """The baseline that learns from the same features as a model with these settings, before they act; None where
        the model is of another kind than every baseline."""
        return next((one for one in self.baselines if one.reached_by and not one.reached_by.why_idle(settings)), None)

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
