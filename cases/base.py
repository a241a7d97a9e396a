"""What a case is: the contract that pages and runs rely on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from cases.archives import Unpacked
from cases.dataset import Dataset
from cases.groups import Groups
from cases.previews import Preview
from models.checkpoints import Kept
from models.errors import InputError
from models.metrics import Interval
from models.outcome import Outcome
from models.report import Report


@dataclass(frozen=True)
class Part:
    """One uploaded file, the part of the data it holds ("" is ours to split), and the class it was given by hand."""

    path: Path
    name: str
    split: str = ""
    label: str = ""


@dataclass(frozen=True)
class Sample:
    """Data to try a case with: `title` (on a button) and `origin` are message ids.

    `write` writes them into a folder as a person would upload them; raises InputError where they are not installed, or,
    of those that are `fetched` from the network, cannot be had.
    """

    name: str
    title: str
    origin: str
    write: Callable[[Path], Part]
    fetched: bool = False


@dataclass(frozen=True)
class Measure:
    """A number known of every item: a column of the samples, its message id, and what the model takes in at most."""

    column: str
    title: str
    limit: int | None = None


@dataclass(frozen=True)
class Task:
    """Something that a network can learn of the data of a case.

    `targets` says what the label of an item is, and by that how pages show data and results: "classes", one of a few,
    "texts", or "items" of a catalogue from which somebody is shown a list. `metric` is the one that is drawn while
    training, with those of `also` beside it, and told first; see `models.metrics.FALLING`. `title` and `promise`, what
    a model does, are message ids.
    """

    name: str
    title: str
    targets: str
    metric: str
    promise: str  # with {n} and {classes} where there are classes
    also: tuple[str, ...] = ()
    unspaced: str = ""  # the metric in its place where the language of the data has no spaces between words
    strict: bool = False  # a model that does not know the language of the data is refused, not only warned of


@dataclass(frozen=True)
class Evaluation:
    """How the model did on the test part.

    `predictions` has the columns id (row of the data set's samples), label, predicted and what else the task knows of
    single items; with a column right where that is not whether the two are equal.
    `outcome` tells more, also of other parts, where the items have classes.
    `as_read`: what the first of the metrics would be by the labels as they were read, where some of the test part were
    changed; else empty.
    """

    metrics: dict[str, Interval]
    predictions: pd.DataFrame
    outcome: Outcome | None = None
    as_read: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Item:
    """One item to look into: a row of a data set, whose label is `truth`, or a file that a person gave."""

    dataset: Dataset | None = None
    row: int = 0
    file: Path | None = None
    truth: str | None = None


@dataclass(frozen=True)
class Moment:
    """A stretch of a recording, in seconds, and what it is said to be: "" where there is nothing to hear."""

    start: float
    stop: float
    label: str
    probability: float


@dataclass(frozen=True)
class Answer:
    """What a model says of one thing it was given: its labels with their probabilities, the likeliest first.

    Where labels are texts there is one: what was said.
    """

    labels: tuple[str, ...]
    probabilities: tuple[float, ...]
    shown: str = ""  # what the model saw, as an address a browser can show (data:…), where there is something to see
    moments: tuple[Moment, ...] = ()  # of a recording much longer than those learnt from, one after the other
    more: Mapping[str, Any] = field(default_factory=dict)  # what a case tells besides, fit for JSON
    unheard: float = 0.0  # seconds at the end of a recording that are in no moment, for it is too long
    notes: tuple[Mapping[str, Any], ...] = ()  # what else a person should know: message ids with their args


class Answerer(Protocol):
    def __call__(self, files: Sequence[Path], *, show: bool = False) -> list[Answer | InputError]:
        """One for each file; what cannot be read is answered by the reason.

        `show`: fill `Answer.shown` and `Answer.moments`.
        """


@dataclass(frozen=True, eq=False)
class Finding:
    """Something a person should know of some samples: message ids, `args` of the advice, and their rows.

    `surplus`: those of the rows that may go where they are alike; None where they are not.
    `leak`: the test would tell of what was trained on. That is mended by leaving the `strays` out of training, or by
    `settings`, which a button offers that says `mend`; where they are set already there is no leak.
    """

    name: str
    title: str
    advice: str
    rows: np.ndarray
    surplus: np.ndarray | None = None
    leak: bool = False
    strays: np.ndarray | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    mend: str = ""
    args: Mapping[str, Any] = field(default_factory=dict)

    def mended(self, values: Mapping[str, Any]) -> bool:
        """Whether the settings `values` mend it."""
        return bool(self.settings) and all(values.get(name) == value for name, value in self.settings.items())


@dataclass(frozen=True)
class Place:
    """Where work on one run or data set may keep things: its own folder and what outlives it."""

    folder: Path
    cache: Path


class Learner(Protocol):
    """A pretrained body with a new head, on its way to a finished model."""

    counts: dict[str, int]  # items in train, validation, test
    references: dict[str, dict[str, float]]  # majority, frozen_features … → metric → value on the test part
    live_references: dict[str, float]  # the same of the validation part, for the metric that is drawn
    note: dict[str, Any]  # what the run records of how it computed: device, precision, threads
    used: dict[str, Any]  # the settings, with what those that a person left empty stood for
    trained: dict[str, Any]  # how far the training came, see `models.checkpoints.trained`
    edited: dict[str, dict[str, int]]  # part → what was changed by hand in it, see `cases.splits.edited`

    def fit(self, report: Report) -> None: ...
    def load_best(self) -> Kept:
        """Take the weights that a stopped training gives: those of its best epoch, in its first epoch the latest."""

    def evaluate(self, report: Report) -> Evaluation: ...
    def save(self, bundle: Path, result: dict[str, Any], report: Report) -> dict[str, Any]:
        """Write the bundle; returns what the result is to say about it besides.

        That is `onnx`: how the portable file agrees with the network (see `models.export.Agreement.as_json`), or None
        where it has none.
        """

    def probe(self) -> tuple[list[Path], list[str]]:
        """A few test files and what the network in memory says they are."""


class Case(Protocol):
    name: str
    tasks: tuple[Task, ...]  # where there are several, the setting `task` says which (see `cases.tasks`)
    medium: str  # how an item is shown: picture, text or sound
    measures: tuple[Measure, ...]  # one or two worth drawing
    mix: Mapping[str, tuple[str, Mapping[str, str]]]  # column whose mix is told → its title, its values' message ids
    near_copies: str  # how items differ that are nearly the same: a message id
    samples: tuple[Sample, ...]
    columns: Mapping[str, str]  # what a person may choose a column of a table for → its message id; empty: nothing
    optional: Set[str]  # of these, what tables may do without
    reader: int  # counts up when `read` makes something else of the same files
    Settings: type

    def read(
        self, parts: Sequence[Part], place: Place, digest: str, report: Report, columns: Mapping[str, str] = {},
        before: Dataset | None = None,
    ) -> Dataset:  # fmt: skip
        """Read what a person uploaded into the folder of `place`.

        `columns`: a name in `Case.columns` → the column of the tables that the person chose for it, "" for none.
        `before`: an earlier version, by the same `reader`, to whose items these are added (see `cases.versions`).

        Raises:
            InputError: it cannot be used; says what is missing and how to mend it.
        """

    def preview(self, parts: Sequence[Part], folder: Path, columns: Mapping[str, str], report: Report) -> list[Preview]:
        """How `read` would understand the tables among what a person uploaded; archives are unpacked into `folder`.

        Called only where `columns` of the case names something.

        Raises:
            InputError: an archive is refused.
        """

    def show(self, dataset: Dataset, row: int) -> tuple[bytes, str] | None:
        """What a browser can show of a sample, and its media type; None where there is no such row.

        Called in the web process: no torch, and nothing of what a person uploaded is opened.
        """

    def listen(self, dataset: Dataset, row: int) -> tuple[bytes, str] | None:
        """What a browser can play of a sample, and its media type; None where there is nothing to hear. See `show`."""

    def written(self, dataset: Dataset, task: str) -> Sequence[str]:
        """Texts of the data in whose language a model of this task must be at home; none where words do not matter."""

    def findings(self, dataset: Dataset) -> list[Finding]:
        """What is worth knowing of some samples; copies are found by the columns same and alike (`cases.copies`)."""

    def build(self, settings: Any, dataset: Dataset, place: Place, report: Report) -> Learner: ...
    def rehearse(self, settings: Any, dataset: Dataset, place: Place, report: Report) -> dict[str, Any]:
        """Measure in a few seconds what `build`, `fit`, `evaluate` and `save` would take here; nothing it does is kept.

        Returns, fit for JSON: pace (as `models.pace.Pace`), body (as `models.pretrained.Body`), per_second (items that
        the frozen body sees), device, device_mb (all the memory it has), and views: for a few items the names of files
        in the run's folder that show what training would see of each, [] where it sees the items as they are.
        """

    def predict(self, bundle: Path, files: Sequence[Path]) -> list[str]:
        """What a saved bundle says, through the script that leaves with it."""

    def answerer(self, bundle: Path) -> Answerer:
        """The bundle's portable model, without torch.

        Raises:
            InputError: the bundle has none.
        """

    def file(self, dataset: Dataset, row: int, spare: Path) -> Path:
        """A sample as an `Answerer` takes it: a file of its own, or `spare`, which is written where it has none."""

    def batch(self, part: Part, folder: Path) -> Unpacked:
        """The things to predict in an uploaded file, each written as a file into `folder`, as an `Answerer` takes it.

        Raises:
            InputError: there are none, or the file is not what it should be.
        """

    def explain(self, bundle: Path, item: Item, folder: Path) -> dict[str, Any]:
        """Write into `folder` what a saved bundle looked at in an item.

        Returns what was found, fit for JSON: predicted, confidence, truth (None where it is not known or is no class
        of the model) and pictures, the names of the files without `.webp` in the order they are shown. Of a text also
        words, for predicted and truth its pieces with their weights from -1 to 1, and unseen, how many characters at
        its end were not read. Of a sound also sounds, the names of files without `.wav`, and more about them (see
        `cases.speech.explaining`).
        """


class Grouping(Protocol):
    """What a case can do besides that also finds groups in items without labels; not every case does."""

    def group(self, parts: Sequence[Part], place: Place, report: Report) -> Groups:
        """Put the items in uploaded files into groups of what is alike.

        Raises:
            InputError: it cannot be used, or holds too few items.
        """

    def labelled(self, groups: Groups, labels: Sequence[str | None], name: str, folder: Path) -> Part:
        """Write into `folder` what `read` takes: the items under their `labels`, without those whose label is None.

        `name` is that of the file the items came from.
        """
