"""The trainings of a lesson, one after another, and what came of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from cases.classification import lesson_arm
from models.lessons import effect, trace
from models.lessons.data import FeatureData, arrange
from models.lessons.epoch import Epoch
from runs.lessons.files import Arm, Lesson

Told = Callable[[int, int, Epoch], None]  # number of the arm, of the repetition, and how it stands


def perform(lesson: Lesson, form: type, data: FeatureData, told: Told) -> dict[str, Any]:
    """Train every arm, as often as the lesson repeats them; the first repetition of all comes before the second.

    Args:
        form: the settings of the case, a classifier's.
        told: called after every epoch.

    Returns:
        Fit for JSON: `arms`, id → measure → its value in each repetition; `items`, id → training examples; `held`, the
        examples judged by; `effects`, as `models.lessons.effect.Came`; and `came`, whether all of them came.

    Raises:
        InputError: there are too few examples, or nothing was learnt.
    """
    found: dict[str, dict[str, list[float]]] = {arm.id: {} for arm in lesson.arms}
    items, held = {}, 0
    for seed in range(lesson.repetitions):
        for number, arm in enumerate(lesson.arms):
            arranged = arrange(data, arm.data, seed)
            items[arm.id], held = len(arranged.train), len(arranged.held)
            settings = settings_of(arm, form, seed)
            epochs = list[Epoch]()
            for epoch in lesson_arm.train(settings, arranged, layers=arm.layers, seed=seed):
                epochs.append(epoch)
                told(number, seed, epoch)
            for name, value in effect.measured(epochs, trace.kept(epochs, settings.patience)).items():
                found[arm.id].setdefault(name, []).append(value)
    effects = [effect.judge(one, {arm: values[one.measure] for arm, values in found.items()}) for one in lesson.effects]
    return {"arms": found, "items": items, "held": held, "effects": [asdict(one) for one in effects],
            "came": all(one.met for one in effects)}  # fmt: skip


def settings_of(arm: Arm, form: type, seed: int) -> Any:
    """
    Raises:
        TypeError, InputError: there is no such setting, or it cannot have this value.
    """
    return form(**{**arm.settings, "seed": seed})
