"""What the screens ask of a task type: how data are checked and changed, how a model is drawn, evaluated and tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypedDict

import numpy as np
import pandas as pd

from cases.base import Case, Finding
from cases.dataset import Dataset
from models.errors import InputError
from models.evaluation.metrics import Interval
from models.evaluation.slices import Scores
from models.pretrained.registry import BackboneSpec
from pages.components.items import Entry
from pages.task_types.data_report import DataReport, Weak
from pages.task_types.generalization import Gap
from pages.task_types.run_pair import RunPair
from runs.exports.report.blocks import Block
from runs.results.diagnosis import Diagnosis
from runs.store.records import Run
from runs.store.shares import Share


class CheckView(Protocol):
    """The check of the data, and how much of them there is."""

    def parts(self, dataset: Dataset, values: dict[str, Any]) -> pd.Series:
        """The part of every sample by these settings."""

    def offered(self, dataset: Dataset) -> dict[str, list[str]]:
        """Setting of the split → what the data themselves have to choose from, besides its options."""

    def title(self, checked: DataReport) -> str:
        """What the labels are, in the plural."""

    def mosaic(self, checked: DataReport, most: int) -> list[Entry]:
        """At most so many examples that show what the data are, before anything is counted."""

    def figures(self, checked: DataReport) -> dict[str, int]:
        """What is counted of what may be learnt from."""

    def amounts(self, dataset: Dataset) -> dict[str, int]:
        """How many there are of what, without what is left out; counted without reading the tables."""

    def amount(self, what: str, n: int) -> str:
        """One of `amounts` in words."""

    def table(self, checked: DataReport) -> None:
        """How much of them is in each part."""

    def told(self, checked: DataReport) -> None:
        """How the data are divided."""

    def show(self, checked: DataReport) -> None:
        """The labels, so that a click opens the items that have one."""

    def rows(self, checked: DataReport, kind: str, which: str) -> np.ndarray | None:
        """The items that such a click opens; None where this type has no such kind of choice."""

    def problem(self, checked: DataReport) -> InputError | None:
        """What is missing before it can be trained on."""

    def leaks(self, checked: DataReport) -> list[Finding]:
        """What the test would know from training by this division, besides copies and what the case itself finds."""

    def sizes(self, checked: DataReport) -> dict[str, int]:
        """How much of what is learnt from is in the parts train, validation and test."""

    def counted(self, checked: DataReport) -> str:
        """How much of what there is, and in which part."""

    def notes(self, checked: DataReport) -> list[str]:
        """What is worth knowing of data that can be trained on."""

    def weak(self, checked: DataReport) -> list[Weak]:
        """Labels that will not do well."""


class EvaluationData(Protocol):
    """What every view of an evaluation needs; a task type adds its own."""

    run: Run
    dataset: Dataset  # with the edits as they are now


@dataclass(frozen=True, eq=False)
class NextStep:
    """Something that may make a result better, with the `reason` that was measured; both texts are in words.

    `changed`: settings of another run; where that is empty, a button called `label` calls `open`.
    """

    name: str
    reason: str
    changed: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""
    icon: str = ":material/tune:"
    open: Callable[[], None] | None = None


class EvaluationView(Protocol):
    """The evaluation of a run, also for visitors of a demo."""

    def headline(self, run: Run) -> None:
        """How good it is, in plain words."""

    def gap(self, run: Run) -> Gap | None:
        """A gap between validation and test part that chance does not explain."""

    def diagnoses(self, run: Run) -> Sequence[Diagnosis]:
        """What happened to it in the book's words, as far as it was measured beyond chance; in any order."""

    def next_steps(self, run: Run) -> Sequence[NextStep]:
        """What may do better, the most promising first; empty where nothing that was measured speaks for anything."""

    def tested(self, run: Run) -> str:
        """On how many of what it was measured, as in “180 test examples”."""

    def figures(self, run: Run) -> None:
        """What the result alone tells, where single answers or the data are no longer there."""

    def open_for(self, run: Run) -> Any | None:
        """An `EvaluationData`; None where the run's single answers or its data are no longer there."""

    def views(self) -> dict[str, str]:
        """Name in the address → what it is called; the first is shown first."""

    def wait(self, run: Run, seen: str) -> bool:
        """Draw what must be waited for before the view can be seen; False: nothing."""

    def show(self, viewed: Any, seen: str) -> None:
        """Draw one view. Called in a fragment."""

    def opened(self, run: Run) -> None:
        """The item that the address names, in a dialog."""

    def promised(self, run: Run) -> None:
        """How good it is, for visitors of a demo."""


class SliceView(Protocol):
    """An evaluation cut into slices; see `pages.task_types.slices`. `viewed`: what `EvaluationView.open_for` gives."""

    def scores(self, viewed: Any) -> Scores:
        """How good the model is on each test example."""

    def sized(self, n: int) -> str:
        """How many of what a slice has."""

    def only(self, viewed: Any, examples: np.ndarray) -> Any:
        """The same of these examples alone: rows, or numbers of users."""

    def items(self, viewed: Any) -> None:
        """Draw the examples, the worst first."""


class CompareView(Protocol):
    """Two runs on the test items that both share."""

    def differences(self, pair: RunPair) -> Mapping[str, Interval]:
        """Metric → how much more the other run has than the one, with its paired interval; {} where there are none."""

    def items(self, pair: RunPair) -> None:
        """Draw single items with the answers of both, those first on which the two differ most. In a fragment."""


class PredictView(Protocol):
    """What a model says of something new."""

    def one(self, run: Run) -> None:
        """One thing and its answer at once."""

    def visit(self, run: Run, share: Share) -> None:
        """The same for a visitor of a demo."""

    def before_sharing(self, run: Run) -> str:
        """What its owner should know before others try it; "" for nothing."""

    def table(self, run: Run) -> str:
        """What comes of many things at once."""

    def answered(self, job: Run) -> str:
        """How many of these have an answer."""

    def doubtful(self, run: Run, job: Run) -> None:
        """Draw those that the model is least certain of."""


class ModelView(Protocol):
    """The network before it learns, and the model that is taken along."""

    def draw(self, case: Case, dataset: Dataset, now: Mapping[str, Any], body: BackboneSpec | None, taken: str) -> None:
        """Draw the network that would learn with the settings `now`.

        Args:
            body: the pretrained one; None while it is not known.
            taken: what of it is counted, as `network_diagram.taken_over` tells it.
        """

    def larger(self, case: Case, dataset: Dataset, now: Mapping[str, Any]) -> dict[str, str]:
        """The setting with which more of the network learns than by `now`, slower and often better; empty where these
        settings are not the quick ones that a person begins with."""

    def reading(self, dataset: Dataset, now: Mapping[str, Any]) -> tuple[int, str]:
        """How many things the pretrained model reads before training, and the same in words; 0 where it reads none."""

    def leaving(self, case: Case, dataset: Dataset, now: Mapping[str, Any]) -> str:
        """About how large the model is that leaves, and why where the list of models has another size, with the smaller
        ways; "" where nothing is known of it."""

    def tell_agreement(self, result: Mapping[str, Any]) -> None:
        """How the files of a bundle agree with the model on the test part, in one sentence; and a warning where they
        do not."""

    def show_agreement(self, result: Mapping[str, Any]) -> None:
        """The same in figures, as the result of the run tells."""


class ReportView(Protocol):
    """What a report says of a run of this task type, beside what all reports say; see `runs.exports.report`."""

    def promise(self, run: Run) -> str:
        """How good it is, for who does not know the methods: Markdown."""

    def caveat(self, run: Run) -> str:
        """What makes the headline less certain than it looks, as Markdown; "" where nothing does."""

    def results(self, run: Run) -> list[Block]:
        """What was measured, beside the headline and the baselines; each metric is explained where it stands."""

    def data(self, run: Run, dataset: Dataset) -> list[Block]:
        """What is worth knowing of the data."""

    def examples(self, run: Run, dataset: Dataset) -> list[Block]:
        """Mistakes with their items; called only where the owner allows that."""


class Part(TypedDict):
    """How good a model is for one class: a share of so many test examples, with its interval."""

    name: str
    value: float
    low: float
    high: float
    n: int


class StandaloneView(Protocol):
    """What a demo without a server says and shows, in the reader's language."""

    SAME: str  # message id: on how many test items a smaller model answers as the original does

    def title(self, run: Run) -> str:
        """A title, until its owner writes another: what it does."""

    def words(self, run: Run) -> dict[str, str]:
        """The sentences of the place to try."""

    def told(self, run: Run) -> list[str]:
        """How good the model is, as Markdown."""

    def parts(self, run: Run) -> list[Part]:
        """The same for every class; empty where there is none."""

    def classes(self, run: Run) -> list[str]:
        """What it tells apart; empty where it names no class."""

    def least_confidence(self, run: Run) -> float | None:
        """When an answer counts as sure; None where there is no such thing."""


class LabelField(Protocol):
    def __call__(self, dataset: Dataset, row: int, *, key: str, on_change: Callable[[], None]) -> None:
        """Draw the field in which the label of an item is changed; its value stands under `key`."""


@dataclass(frozen=True)
class Editor:
    """How the label of one item is told and changed. Sentences are message ids."""

    said: str  # {label}
    came: str  # what it was before it was changed: {label}, or {text} for the same
    take: str  # a suggestion: {label}
    field: LabelField


@dataclass(frozen=True)
class Screens:
    """Sentences are message ids."""

    check: CheckView
    editor: Editor
    model: ModelView
    evaluation: EvaluationView
    slices: SliceView
    compare: CompareView
    predict: PredictView
    report: ReportView
    in_report: str  # asks whether a report may hold `ReportView.examples`
    standalone: StandaloneView
    repeated: str  # {n} of {of} test items are in the training data, too
    copies: str  # the title of copies whose labels differ
    changed: str  # the note below an item whose label was changed
    sizes: str  # how large the items are: {small}, {common}, {large}
    pinned: bool  # an item can be pinned, to be watched while training
    curve: str  # what is drawn of the validation part while training
    watched: str  # how the items that are watched while training are read
    curves: Mapping[str, str] = field(default_factory=dict)  # metric → the same as `curve` where it is drawn instead
