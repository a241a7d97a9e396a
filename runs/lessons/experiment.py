"""The trainings of a lesson, one after another, and what came of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from cases.base import LessonArms
from models.lessons import effect
from models.lessons.epoch import Traced
from runs.lessons.files import Arm, Lesson

Told = Callable[[int, int, Traced], None]  # number of the arm, of the repetition, and how it stands


def perform(lesson: Lesson, form: type, arms: LessonArms, told: Told, *, first: int = 0) -> dict[str, Any]:
    """Train every arm, as often as the lesson repeats them; the first repetition of all comes before the second.

    Args:
        form: the settings of the case.
        arms: of the data.
        told: called after every epoch.
        first: seed of the first repetition.

    Returns:
        Fit for JSON: `arms`, id → measure → its value in each repetition; `items`, id → how many it learns from;
        `held`, by how many it is judged; `effects`, as `models.lessons.effect.Came`; and `came`, whether all of them
        came; `planes`, id → `models.lessons.epoch.Plane` of the first repetition, of those arms alone that have one.

    Raises:
        InputError: there are too few examples, or nothing was learnt.
    """
    found: dict[str, dict[str, list[float]]] = {arm.id: {} for arm in lesson.arms}
    items, held, planes = {}, 0, {}
    for seed in range(first, first + lesson.repetitions):
        for number, arm in enumerate(lesson.arms):
            training = arms.training(settings_of(arm, form, seed), arm.data, arm.model, seed)
            items[arm.id], held = training.items, training.held
            epochs = list[Traced]()
            for epoch in training.epochs():
                epochs.append(epoch)
                told(number, seed, epoch)
            for name, value in training.measured(epochs).items():
                found[arm.id].setdefault(name, []).append(value)
            if seed == first and (plane := training.plane(epochs)):
                planes[arm.id] = plane.as_json()
    effects = [effect.judge(one, {arm: values[one.measure] for arm, values in found.items()}) for one in lesson.effects]
    return {"arms": found, "items": items, "held": held, "effects": [asdict(one) for one in effects],
            "came": all(one.met for one in effects), "planes": planes}  # fmt: skip


def settings_of(arm: Arm, form: type, seed: int) -> Any:
    """
    Raises:
        TypeError, InputError: there is no such setting, or it cannot have this value.
    """
    return form(**{**arm.settings, "seed": seed})
