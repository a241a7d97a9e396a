"""What a check shows depends on what the labels are: one module for each kind of target."""

from __future__ import annotations

from typing import Any, Protocol

import pandas as pd

from cases.base import Case, Finding
from cases.dataset import Dataset
from models.errors import InputError
from pages.parts.checking import catalogue, classes, texts
from pages.parts.checking.facts import Checked, Weak
from runs.store import Run


class Kind(Protocol):
    def parts(self, dataset: Dataset, values: dict[str, Any]) -> pd.Series:
        """The part of every sample by these settings."""

    def title(self, checked: Checked) -> str:
        """What the labels are, in the plural."""

    def figures(self, checked: Checked) -> dict[str, int]:
        """What is counted of what may be learnt from."""

    def amounts(self, dataset: Dataset) -> dict[str, int]:
        """How many there are of what; what can be counted without reading the tables."""

    def table(self, checked: Checked) -> None:
        """How much of them is in each part."""

    def told(self, checked: Checked) -> None:
        """How the data are divided."""

    def show(self, checked: Checked) -> None:
        """The labels, so that a click opens the items that have one."""

    def problem(self, checked: Checked) -> InputError | None:
        """What is missing before it can be trained on."""

    def leaks(self, checked: Checked) -> list[Finding]:
        """What the test would know from training by this division, besides copies and what the case itself finds."""

    def counted(self, checked: Checked) -> str:
        """How much of what there is, and in which part."""

    def notes(self, checked: Checked) -> list[str]:
        """What is worth knowing of data that can be trained on."""

    def weak(self, checked: Checked) -> list[Weak]:
        """Labels that will not do well."""


KINDS: dict[str, Kind] = {"classes": classes, "texts": texts, "items": catalogue}


def kind_of(checked: Checked) -> Kind:
    return KINDS[checked.dataset.targets]


def checked_by(case: Case, dataset: Dataset, values: dict[str, Any], run: Run | None = None) -> Checked:
    return Checked(case, dataset, KINDS[dataset.targets].parts(dataset, values), values, run)
