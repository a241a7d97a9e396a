"""What every part of the check needs to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import cases
from cases import duplicates, ranges
from cases.base import Case, Finding
from cases.dataset import Dataset
from cases.task_types import TaskType
from runs.store.records import Run


@dataclass(frozen=True)
class Weak:
    """What can be trained on but will not do well: which labels, and a sentence about them."""

    name: str
    told: str
    labels: list[str]


@dataclass(frozen=True)
class Division:
    """How data are to be split: `settings`, and how much there is in each part then."""

    settings: Mapping[str, Any]
    sizes: Mapping[str, int]


@dataclass(frozen=True)
class DataReport:
    """A data set with its edits, and the part each sample is in by the shares that are set now."""

    case: Case
    dataset: Dataset
    parts: pd.Series
    values: Mapping[str, Any] = field(default_factory=dict)  # the settings that decide over the parts
    run: Run | None = None  # beside whose result they are set

    @cached_property
    def kept(self) -> pd.DataFrame:
        """The samples that are not left out, with their part."""
        kept = self.dataset.kept
        return kept.assign(part=self.parts[kept.index])

    @cached_property
    def counts(self) -> pd.DataFrame:
        """How many of each class are in each part, in the order of `ranges.sorted_classes`."""
        table = pd.crosstab(self.kept["label"], self.kept["part"])
        table = table.reindex(columns=["train", "validation", "test"], fill_value=0)
        return table.loc[ranges.sorted_classes(table.sum(axis=1).to_dict())]

    @cached_property
    def same(self) -> list[np.ndarray]:
        return duplicates.groups(self.dataset.samples, "same")

    @cached_property
    def alike(self) -> list[np.ndarray]:
        return duplicates.groups(self.dataset.samples)

    @cached_property
    def agreeing(self) -> list[np.ndarray]:
        """The groups of near copies whose members have the same label: of these one can stand for all."""
        torn = {int(rows[0]) for rows in self.contradicting}
        return [rows for rows in self.alike if int(rows[0]) not in torn]

    @cached_property
    def contradicting(self) -> list[np.ndarray]:
        return duplicates.contradicting(self.dataset.samples)

    @cached_property
    def straddling(self) -> list[np.ndarray]:
        return duplicates.straddling(self.dataset.samples, self.parts)

    @cached_property
    def findings(self) -> list[Finding]:
        dataset = self.dataset
        edits = tuple(sorted(dataset.edits.items()))
        return list(_findings(self.case.name, dataset.folder, edits, dataset.task_type))


@lru_cache(maxsize=8)
def _findings(
    case: str, folder: Path, edits: tuple[tuple[int, str | None], ...], task_type: TaskType
) -> tuple[Finding, ...]:
    """Looked for once, since a page is drawn anew at every click, and every sample is looked at."""
    return tuple(cases.get(case).findings(Dataset.open(folder, dict(edits)).meant_as(task_type)))
