"""Task types: what every screen draws of data, models and results, one object each; see `pages.task_types.base`."""

from __future__ import annotations

from typing import Any, Protocol

from cases.base import Case
from cases.dataset import Dataset
from cases.task_types import TaskType
from pages.shared import vocabulary
from pages.task_types import classification, ranking, transcription
from pages.task_types.base import Screens
from pages.task_types.data_report import DataReport
from runs.store.records import Run

__all__ = ["ALL", "of", "of_run", "report"]

ALL = {"classification": classification.SCREENS, "transcription": transcription.SCREENS, "ranking": ranking.SCREENS}


class Typed(Protocol):
    """A data set or a task."""

    @property
    def task_type(self) -> TaskType: ...


def of(typed: Typed) -> Screens:
    """What is drawn of this data set, or for this task."""
    return ALL[typed.task_type.name]


def of_run(run: Run) -> Screens:
    """What is drawn of this run, or of one that predicts for it."""
    return of(vocabulary.task_of(run))


def report(case: Case, dataset: Dataset, values: dict[str, Any], run: Run | None = None) -> DataReport:
    """The data with the part that these settings of the split put each sample into."""
    return DataReport(case, dataset, of(dataset).check.parts(dataset, values), values, run)
