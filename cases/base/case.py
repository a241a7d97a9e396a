"""A case: its data, from what a person uploads to what a model is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from cases import data_export, examples
from cases.base.task import Task
from cases.base.upload import Sample, UploadedFile, WorkDirs
from cases.clusters import Groups
from cases.dataset import Dataset
from cases.ingest.archives import Unpacked
from cases.ingest.tables.previews import Preview
from models.errors import InputError
from models.progress import ProgressReporter


@dataclass(frozen=True)
class Measure:
    """A number known of every item: a column of the samples, its message id, and what the model takes in at most."""

    column: str
    title: str
    limit: int | None = None


OF_USER, OF_ITEM = "user:", "item:"  # as `TABLE`, where a person has a table of each


@dataclass(frozen=True)
class Trait:
    """Something known of every example, by which an evaluation is cut into slices: a column of `Case.traits`.

    `title` is a message id; `values`: what its values are called, message ids; `share`: a number from 0 to 1 that is
    told in percent.
    """

    title: str
    values: Mapping[str, str] = field(default_factory=dict)
    share: bool = False


class TraitsOf(Protocol):
    """Measures examples."""

    def __call__(
        self, dataset: Dataset, answers: pd.DataFrame, cache: Path, report: ProgressReporter, /
    ) -> pd.DataFrame:
        """A line for each line of `answers`, with the columns of `Case.traits`.

        Args:
            answers: what a model was evaluated on, by row of the samples, or by number of the user; for rankings with
                what `cases.base.Evaluation.predictions` tells of each.
            cache: where decoded data are kept from run to run.
        """


@dataclass(frozen=True, eq=False)
class Finding:
    """Something a person should know of some samples: message ids, `args` of the advice, and their rows.

    `surplus`: those of the rows that may go where they are alike; None where they are not.
    `leak`: the test would tell of what was trained on. That is mended by leaving the `strays` out of training, or by
    `settings`, which a button offers that says `mend`; where they are set already there is no leak.
    `sure`: the result would be untrue. A leak that is only suspected is told without a warning.
    `outcome`: of a leak, what it means for the result, to who sees nothing but that; "" where that is too uncertain.
    `groups`: row → the name of its group; empty if the rows form no groups.
    """

    name: str
    title: str
    advice: str
    rows: np.ndarray
    surplus: np.ndarray | None = None
    leak: bool = False
    sure: bool = True
    strays: np.ndarray | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    mend: str = ""
    args: Mapping[str, Any] = field(default_factory=dict)
    outcome: str = ""
    groups: Mapping[int, str] = field(default_factory=dict)

    def mended(self, values: Mapping[str, Any]) -> bool:
        """Whether the settings `values` mend it."""
        return bool(self.settings) and all(values.get(name) == value for name, value in self.settings.items())

    def limits(self, values: Mapping[str, Any]) -> bool:
        """Whether the figures of a run with these settings may be too good because of it, as its `outcome` says."""
        return self.leak and bool(self.outcome) and not self.mended(values)


class Read(Protocol):
    """Reads an upload into a data set."""

    def __call__(
        self,
        parts: Sequence[UploadedFile],
        place: WorkDirs,
        digest: str,
        report: ProgressReporter,
        columns: Mapping[str, str] = {},
        before: Dataset | None = None,
    ) -> Dataset:
        """Read what a person uploaded into the folder of `place`.

        `columns`: a name in `Case.columns` → the column of the tables that the person chose for it, "" for none; and
        `tables.ENCODING` → one of `encodings.CHOICES`; `tables.LABELS` → what the cells of label columns become (see
        `cases.ingest.label_cells`), "" for classes as they are; `tables.CLASS_FOLDER` → `labeled_files.UPPER` or
        `LAST`.
        `before`: an earlier version, by the same `reader`, to whose items these are added (see `cases.versions`).

        Raises:
            InputError: it cannot be used; says what is missing and how to mend it.
        """


class Look(Protocol):
    """Tells how the tables of an upload would be read."""

    def __call__(
        self, parts: Sequence[UploadedFile], folder: Path, columns: Mapping[str, str], report: ProgressReporter, /
    ) -> list[Preview]:
        """How `read` would understand the tables among what a person uploaded; archives are unpacked into `folder`.

        Called only where `columns` of the case names something.

        Raises:
            InputError: an archive is refused.
        """


class Grouping(Protocol):
    """A module that finds groups in items without labels."""

    def group(self, parts: Sequence[UploadedFile], place: WorkDirs, report: ProgressReporter) -> Groups:
        """Put the items in uploaded files into groups of what is alike.

        Raises:
            InputError: it cannot be used, or holds too few items.
        """

    def labelled(self, groups: Groups, labels: Sequence[str | None], name: str, folder: Path) -> UploadedFile:
        """Write into `folder` what `read` takes: the items under their `labels`, without those whose label is None.

        `name` is that of the file the items came from.
        """


def _nothing(dataset: Dataset, row: int) -> None:
    return None


def _no_file(dataset: Dataset, row: int) -> tuple[Path, str] | None:
    return None


def _not_lent(dataset: Dataset, row: int) -> tuple[bytes, str] | str | None:
    return None


def _no_texts(dataset: Dataset) -> Sequence[str]:
    return ()


def _no_traits(dataset: Dataset, answers: pd.DataFrame, cache: Path, report: ProgressReporter) -> pd.DataFrame:
    return pd.DataFrame(index=answers.index)


def _none_refused(file: Path) -> InputError | None:
    return None


def _not_seen(file: Path) -> bytes | None:
    return None


def _no_tables(
    parts: Sequence[UploadedFile], folder: Path, columns: Mapping[str, str], report: ProgressReporter
) -> list[Preview]:
    return []


@dataclass(frozen=True, eq=False, kw_only=True)
class Case:
    """Its functions are called in the web process: they import no torch, and open nothing of what a person uploaded but
    `read`, `preview`, `batch` and `pictured`, which have processes of their own.

    Args:
        title, summary, invitation: what it is called, what it learns and which data that takes, and the link to its
            page: message ids.
        icon: of its page, a name of Material Symbols.
        modality: how an item is shown: image, text, audio or item, or one of the case's own (see `pages.modalities`).
        reader: counts up when `read` makes something else of the same files.
        tasks: where there are several, the setting `task` says which (see `cases.tasks`).
        thumbnail: what a browser can show of a sample, and its media type; None where there is no such row.
        content: a sample as a `Predictor` takes it: its file, or its content where it has none of its own.
        batch: the things to predict in an uploaded file, each written as a file into a folder, as a `Predictor` takes
            it; raises InputError where there are none, or the file is not what it should be.
        single: endings of files that hold one thing to predict each, readable or known not to be; `batch` takes them in
            an archive.
        original: the file of a sample as it came, and its media type; None where a browser cannot show it.
        examples: the rows of so many samples that stand for a data set.
        exported: the data as they came, with their corrections (`cases.data_export`): files for a zip, or one table.
        measures: one or two worth drawing.
        near_copies: how items differ that are nearly the same: a message id.
        findings: what is worth knowing of some samples; copies are found by the columns same and alike
            (`cases.duplicates`).
        pictured: a small picture, as WebP, of a file that `batch` wrote; None where it cannot be seen. Called in a
            process of its own, too.
        takes_content: what is given to predict is its content, a text for example, and never becomes a file.
        picture: of a sample that is no picture, one that came with it, and its media type; None where there is none.
        audio: what a browser can play of a sample, and its media type; None where there is nothing to hear.
        lent: a sample as it may leave with a demo: a text, or a file and its media type, without what else the file
            that came tells; None where there is nothing to lend.
        written: texts of the data in whose language a model must be at home, by what their labels are; none where words
            do not matter.
        mix: column whose mix is told → its title, its values' message ids.
        columns: what a person may choose a column of a table for → its message id; empty: nothing.
        optional: of these, what tables may do without.
        too_much_for_a_demo: why a file takes more to answer than somebody may ask for who only has a link; None where
            it does not.
        traits: what `traits_of` measures of each example, by column; a column of a person's table has its heading
            behind `TABLE`, `OF_USER` or `OF_ITEM`.
        grouping: the module that finds groups in items without labels, see `Grouping`; "" where none does.
    """

    name: str
    title: str
    icon: str
    summary: str
    invitation: str
    modality: str
    reader: int
    tasks: tuple[Task, ...]
    samples: tuple[Sample, ...]
    read: Read
    thumbnail: Callable[[Dataset, int], tuple[bytes, str] | None]
    content: Callable[[Dataset, int], Path | bytes]
    batch: Callable[[UploadedFile, Path], Unpacked]
    measures: tuple[Measure, ...]
    near_copies: str
    findings: Callable[[Dataset], list[Finding]]
    original: Callable[[Dataset, int], tuple[Path, str] | None] = _no_file
    examples: Callable[[Dataset, int], Sequence[int]] = examples.of_each_label
    exported: Callable[[Dataset], Iterator[data_export.Entry]] = data_export.folders
    pictured: Callable[[Path], bytes | None] = _not_seen
    takes_content: bool = False
    picture: Callable[[Dataset, int], tuple[bytes, str] | None] = _nothing
    audio: Callable[[Dataset, int], tuple[bytes, str] | None] = _nothing
    lent: Callable[[Dataset, int], tuple[bytes, str] | str | None] = _not_lent
    written: Callable[[Dataset], Sequence[str]] = _no_texts
    mix: Mapping[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    optional: Set[str] = frozenset()
    preview: Look = _no_tables
    too_much_for_a_demo: Callable[[Path], InputError | None] = _none_refused
    traits: Mapping[str, Trait] = field(default_factory=dict)
    traits_of: TraitsOf = _no_traits
    grouping: str = ""
    single: Set[str] = frozenset()

    @property
    def Settings(self) -> type:
        """The form of its tasks."""
        return self.tasks[0].Settings

    def clusters(self) -> Grouping:
        """Import what finds groups in items without labels."""
        found: Any = import_module(self.grouping)
        return found
