"""One arm of a lesson: a head on kept features, trained by settings that any training of the case could have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch

from cases.classification.body_arm import Bodies, BodyTraining
from cases.classification.loss import loss_for
from cases.classification.model_inputs import HandMade, ModelInputs, SmallInputs, SmallItems
from cases.training import config
from cases.training.context import TrainingContext
from models.errors import N_, InputError
from models.lessons import effect, trace
from models.lessons.data import ArmData, DataOptions, FeatureData, arrange
from models.lessons.epoch import Epoch, Plane
from models.lessons.heads import PRETRAINED, HeadOptions
from models.lessons.network import DeepHead
from models.storage.array_cache import ArrayCache


@dataclass(frozen=True, eq=False)
class HeadTraining:
    """See `cases.base.ArmTraining`. `settings`: of a classifier, whose mode is a head alone."""

    settings: Any
    data: ArmData
    layers: int
    seed: int

    @property
    def items(self) -> int:
        return len(self.data.train)

    @property
    def held(self) -> int:
        return len(self.data.held)

    def epochs(self) -> Iterator[Epoch]:
        """From a start that is the same for the same seed and size; as `models.lessons.trace.train`."""
        data, settings = self.data, self.settings
        torch.manual_seed(self.seed)
        network = DeepHead(data.train.shape[1], data.classes, hidden=settings.hidden, layers=self.layers,
                           activation=settings.activation, dropout=settings.dropout)  # fmt: skip
        counts = np.bincount(data.train_labels, minlength=data.classes)
        plan = config.plan(settings, bf16=False, items=len(data.train))
        yield from trace.train(network, loss_for(settings, counts), data, plan, order=self.seed)

    def measured(self, epochs: Sequence[Epoch]) -> dict[str, float]:
        """Of the epoch whose weights count."""
        return effect.measured(epochs, trace.kept(epochs, self.settings.patience))

    def plane(self, epochs: Sequence[Epoch]) -> Plane | None:
        """Of the same."""
        return trace.kept(epochs, self.settings.patience).plane


@dataclass(frozen=True, eq=False)
class HeadArms:
    """See `cases.base.LessonArms`."""

    data: FeatureData
    small: SmallItems | None = None  # where whole networks can be trained on the same items

    def training(self, settings: Any, data: DataOptions, model: HeadOptions, seed: int) -> HeadTraining | BodyTraining:
        """See there."""
        if not model.body:
            return HeadTraining(settings, arrange(self.data, data, seed), model.layers, seed)
        if self._bodies is None:
            raise _no_bodies()
        arranged = arrange(replace(self.data, features=self._bodies.features), data, seed)
        if settings.mode == "head":
            return HeadTraining(settings, arranged, model.layers, seed)
        return BodyTraining(self._bodies, settings, arranged, model.body == PRETRAINED, seed)

    @cached_property
    def _bodies(self) -> Bodies | None:
        return Bodies(self.small, self.data.rows) if self.small else None


def arms(context: TrainingContext, items: ModelInputs, features: ArrayCache) -> HeadArms:
    """Those of what may be learnt from; `features`: what the frozen body made of every sample."""
    rows = np.sort(np.concatenate([context.rows["train"], context.rows["validation"]]))
    hand = items.by_hand() if isinstance(items, HandMade) else None
    small = items.small() if isinstance(items, SmallInputs) else None
    data = FeatureData(features.open(), context.labels, len(context.dataset.classes), rows, context.together, hand)
    return HeadArms(data, small)


def _no_bodies() -> InputError:
    return InputError(
        found=N_("On these data no whole network can be trained within minutes."),
        expected=N_("This lesson trains whole networks, on images or texts."),
        remedy=N_("Choose other data, or the sample."),
    )
