"""What a check shows depends on what the labels are: one module for each kind of target."""

from __future__ import annotations

from typing import Any, Protocol

import pandas as pd

from cases.base import Case
from cases.dataset import Dataset
from pages.parts.checking import catalogue, classes, texts
from pages.parts.checking.facts import Checked


class Kind(Protocol):
    def parts(self, dataset: Dataset, values: dict[str, Any]) -> pd.Series:
        """The part of every sample by these settings."""

    def title(self) -> str:
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


KINDS: dict[str, Kind] = {"classes": classes, "texts": texts, "items": catalogue}


def kind_of(checked: Checked) -> Kind:
    return KINDS[checked.dataset.targets]


def checked_by(case: Case, dataset: Dataset, values: dict[str, Any]) -> Checked:
    return Checked(case, dataset, KINDS[dataset.targets].parts(dataset, values), values)
