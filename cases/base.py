"""What a case is: the contract that pages and runs rely on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from cases.dataset import Dataset
from models.metrics import Interval
from models.report import Report


@dataclass(frozen=True)
class Part:
    """One uploaded file, the part of the data it holds ("" is ours to split), and the class it was given by hand."""

    path: Path
    name: str
    split: str = ""
    label: str = ""


@dataclass(frozen=True)
class Evaluation:
    """How the model did on the test part.

    `predictions` has the columns id (row of the data set's samples), label, predicted, confidence.
    """

    metrics: dict[str, Interval]
    predictions: pd.DataFrame


@dataclass(frozen=True)
class Place:
    """Where work on one run may keep things: its own folder and what outlives it."""

    run: Path
    cache: Path


class Learner(Protocol):
    """A pretrained body with a new head, on its way to a finished model."""

    counts: dict[str, int]  # items in train, validation, test
    references: dict[str, dict[str, float]]  # majority and frozen_features → metric → value on the test part
    live_references: dict[str, float]  # the same of the validation part, for the one metric that is drawn
    note: dict[str, Any]  # what the run records of how it computed: device, precision, threads

    def fit(self, report: Report) -> None: ...
    def load_best(self) -> None:
        """Take the weights of the best checkpoint of a training that was stopped."""

    def evaluate(self, report: Report) -> Evaluation: ...
    def save(self, bundle: Path, result: dict[str, Any]) -> None: ...
    def probe(self) -> tuple[list[Path], list[str]]:
        """A few test files and what the network in memory says they are."""


class Case(Protocol):
    name: str
    metric: str  # the one that is drawn while training
    Settings: type

    def sample(self, folder: Path) -> Part:
        """Write the sample data set as a person would upload it."""

    def read(self, parts: Sequence[Part], folder: Path, digest: str, report: Report) -> Dataset:
        """Read what a person uploaded into `folder`.

        Raises:
            InputError: it cannot be used; says what is missing and how to mend it.
        """

    def show(self, dataset: Dataset, row: int) -> tuple[bytes, str] | None:
        """What a browser can show of a sample, and its media type; None where there is no such row.

        Called in the web process: no torch, and nothing of what a person uploaded is opened.
        """

    def build(self, settings: Any, dataset: Dataset, place: Place, report: Report) -> Learner: ...
    def predict(self, bundle: Path, files: Sequence[Path]) -> list[str]:
        """What a saved bundle says, through the script that leaves with it."""
