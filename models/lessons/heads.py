"""Lessons that train heads on kept features: those of classifiers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.errors import N_
from models.lessons.data import DataOptions
from models.lessons.effect import MEASURES
from models.lessons.kind import LessonKind

PRETRAINED, SCRATCH = "pretrained", "scratch"


@dataclass(frozen=True)
class HeadOptions:
    """What an arm trains.

    Attributes:
        layers: hidden ones of the head, where there is any.
        body: "" for a head on the features that runs keep; `PRETRAINED` or `SCRATCH` for the whole network on small
            items, as far as the setting `mode` lets it learn, from pretrained or from random weights.

    Raises:
        ValueError: there is no such body.
    """

    layers: int = 1
    body: str = ""

    def __post_init__(self) -> None:
        if self.body not in ("", PRETRAINED, SCRATCH):
            raise ValueError(f"A body is {PRETRAINED!r} or {SCRATCH!r}, not {self.body!r}.")

    def epochs(self, settings: Mapping[str, Any]) -> int:
        """See `models.lessons.kind.ArmModel`."""
        return int(settings["epochs"])


HEADS = LessonKind(
    data=DataOptions,
    model=HeadOptions,
    measures=MEASURES,
    curves=("loss", "accuracy", "train_loss", "train_accuracy", "gap", "confidence", "clean_accuracy", "rarest_recall",
            "macro_f1", "gradient", "noise", "batches"),
    plain={"mode": "head", "final_fit": "none", "weight_decay": 0.0, "schedule": "constant", "contrastive": "none"},
    base={"hidden": 0, "mode": "head"},  # the features are those of the frozen network
    ready=N_("Computing feature vectors"),
    arm=N_("Training"),
    items=N_("Examples"),
    judged=N_("Judged on {n} held-out examples; the test part was not used."),
    unfit=N_("Nothing here suits this lesson yet. Import data with classes first."),
)  # fmt: skip
