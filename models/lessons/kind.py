"""What lessons of one task type may say: what their arms change and train, what is measured of them, and in which words
it is told. The web process reads it, so nothing here trains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class ArmModel(Protocol):
    """What an arm trains, besides its settings."""

    def epochs(self, settings: Mapping[str, Any]) -> int:
        """How many it is trained for; 0 where nothing is trained step by step."""


@dataclass(frozen=True, eq=False)
class LessonKind:
    """See `runs.lessons.files`, where a lesson is read by it.

    Attributes:
        data: what an arm may change in the data, a dataclass with `of`, which names what is no option of it.
        model: a dataclass that is an `ArmModel`, whose fields stand in the lesson or within an arm.
        measures: of an arm, and `curves`, of those what can be followed epoch by epoch; the first measure stands first
            in the table of all arms.
        plain: settings of an arm unless its lesson says otherwise.
        base: settings by which the data are made ready that all arms learn from.
        ready, arm, items, judged, unfit: message ids: what is done before the first arm, what an arm is, what it learns
            from, by how many `n` it is judged, and that there are no data for a lesson.
    """

    data: type[Any]
    model: type[Any]
    measures: tuple[str, ...]
    curves: tuple[str, ...]
    plain: Mapping[str, Any]
    base: Mapping[str, Any]
    ready: str
    arm: str
    items: str
    judged: str
    unfit: str
