"""Lessons that train heads on kept features: those of classifiers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.errors import N_
from models.lessons.data import DataOptions
from models.lessons.effect import MEASURES
from models.lessons.kind import LessonKind


@dataclass(frozen=True)
class HeadOptions:
    """`layers`: hidden ones, where there is any."""

    layers: int = 1

    def epochs(self, settings: Mapping[str, Any]) -> int:
        """See `models.lessons.kind.ArmModel`."""
        return int(settings["epochs"])


HEADS = LessonKind(
    data=DataOptions,
    model=HeadOptions,
    measures=MEASURES,
    curves=("loss", "accuracy", "train_loss", "train_accuracy", "gap", "confidence", "clean_accuracy", "rarest_recall",
            "macro_f1", "gradient", "noise", "batches"),
    plain={"mode": "head", "final_fit": "none", "weight_decay": 0.0, "schedule": "constant"},
    base={"hidden": 0, "mode": "head"},  # the features are those of the frozen network
    ready=N_("Computing feature vectors"),
    items=N_("Examples"),
    judged=N_("Judged on {n} held-out examples; the test part was not used."),
    unfit=N_("Nothing here suits this lesson yet. Import data with classes first."),
)  # fmt: skip
