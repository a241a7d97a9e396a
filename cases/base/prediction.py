"""What is given to a saved model, and what it predicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from cases.dataset import Dataset
from models.errors import InputError


@dataclass(frozen=True)
class Item:
    """One item to look into: a row of a data set, whose label is `truth`, or a file that a person gave."""

    dataset: Dataset | None = None
    row: int = 0
    file: Path | None = None
    truth: str | None = None


@dataclass(frozen=True)
class Segment:
    """A stretch of a recording, in seconds, and what it is said to be: "" where there is nothing to hear."""

    start: float
    stop: float
    label: str
    probability: float


@dataclass(frozen=True)
class Prediction:
    """What a model says of one thing it was given: its labels with their probabilities, the likeliest first.

    Where labels are texts there is one: what was said.
    """

    labels: tuple[str, ...]
    probabilities: tuple[float, ...]
    shown: str = ""  # what the model saw, as an address a browser can show (data:…), where there is something to see
    moments: tuple[Segment, ...] = ()  # of a recording much longer than those learnt from, one after the other
    more: Mapping[str, Any] = field(default_factory=dict)  # what a case tells besides, fit for JSON
    unheard: float = 0.0  # seconds at the end of a recording that are in no moment, for it is too long
    notes: tuple[Mapping[str, Any], ...] = ()  # what else a person should know: message ids with their args, and where
    # it is told only once of many answers, `counted`: a message id with {n}


class Predictor(Protocol):
    """Predicts items with a saved bundle, quickly and without torch."""

    def __call__(self, given: Sequence[Any], *, show: bool = False) -> list[Prediction | InputError]:
        """One for each path of a file, or where the case `takes_content` also for contents as bytes; what cannot be
        read is answered by the reason.

        `show`: fill `Prediction.shown` and `Prediction.moments`.
        """
