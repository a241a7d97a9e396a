"""What a trainer gives to lessons: arms that learn from its data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

from models.lessons.epoch import Plane, Traced
from models.lessons.kind import ArmModel


class ArmTraining(Protocol):
    """One training of an arm of a lesson, on data that are arranged for it."""

    @property
    def items(self) -> int:
        """How many it learns from."""

    @property
    def held(self) -> int:
        """By how many it is judged."""

    def epochs(self) -> Iterator[Traced]:
        """Train it, from the start that its seed gives.

        Raises:
            InputError: nothing can be learnt so.
        """

    def measured(self, epochs: Sequence[Traced]) -> dict[str, float]:
        """The measures of its `models.lessons.kind.LessonKind`, from all that `epochs` gave."""

    def plane(self, epochs: Sequence[Traced]) -> Plane | None:
        """What it answers between its held-out items, in the same epoch; None where they are no points of a plane."""


class LessonArms(Protocol):
    """What the arms of lessons learn from, and how each is trained."""

    def training(self, settings: Any, data: Any, model: ArmModel, seed: int) -> ArmTraining:
        """Arrange the data for an arm; with the same seed all arms are judged by the same.

        Args:
            settings: of the case.
            data, model: the options of its `models.lessons.kind.LessonKind`.

        Raises:
            InputError: the data are too few, or lack what is asked for.
        """


@runtime_checkable
class LessonTrainer(Protocol):
    """A `Trainer` whose data a lesson can be tried on."""

    def lesson_arms(self) -> LessonArms:
        """Of the training and the validation part; the test part is not among it."""
