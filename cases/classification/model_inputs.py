"""What a classifier learns from and is asked about: a case's own items, as one pretrained network takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np
from torch import nn

from cases.classification.ensemble import Ensemble, SecondModel
from cases.classification.export import Exported
from cases.training.context import TrainingContext
from models.heads.augmented_features import AugmentedFeatures
from models.progress import ProgressReporter
from models.storage.array_cache import ArrayCache
from models.training.batches import Batches


class ModelInputs(Protocol):
    """What a case does its own way: its items as one pretrained network takes them."""

    network: nn.Module  # has body, head, loss and enough (see `linear_probe`); a batch by names → {"loss", "logits"}
    ensemble: Ensemble | None  # set once it is decided that the network does not answer alone; then `exported` has both

    def features(self, report: ProgressReporter) -> ArrayCache:
        """What the frozen body makes of every sample, (samples, width), computed once and kept."""

    def batches(self, rows: np.ndarray) -> Batches:
        """These rows of the samples in whole batches, by the names that the network's forward takes."""

    def guesses(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """What needs no network at all: reference → the number of the class it names for each of these rows."""

    @property
    def second(self) -> SecondModel | None:
        """What may answer together with the network, and tells wrong labels beside a linear probe; or None."""

    @property
    def trained(self) -> Mapping[str, Any]:
        """What was found out about the items while they were made ready; see `cases.base.Trainer.trained`."""

    def given(self, rows: np.ndarray) -> list[Any]:
        """The items as `predict` of a bundle's script takes them, fit for JSON."""

    def sizes(self, rows: np.ndarray) -> np.ndarray:
        """(rows,) how long each is, in any unit: those of like size are computed together."""

    def exported(self) -> Exported:
        """The network with what a bundle is made of besides."""


class SmallItems(Protocol):
    """The items of a data set small enough for a lesson to train a whole network on them within seconds, and networks
    that take them."""

    context: TrainingContext

    def network(self, settings: Any, counts: np.ndarray, *, pretrained: bool) -> nn.Module:
        """As that of `ModelInputs`, for this many training items of each class; not `pretrained`: its body begins with
        random weights, all of which learn."""

    def batches(self, rows: np.ndarray) -> Batches:
        """As those of `ModelInputs`."""


@runtime_checkable
class SmallInputs(Protocol):
    """`ModelInputs` on which lessons train whole networks."""

    def small(self) -> SmallItems:
        """The same items, smaller."""


@runtime_checkable
class AugmentedInputs(Protocol):
    """`ModelInputs` whose items can be varied at random."""

    def augmented(self, count: int, report: ProgressReporter) -> AugmentedFeatures:
        """`ModelInputs.features`, with those of `count` views of every sample that may be learnt from, computed once
        and kept."""


@runtime_checkable
class FrozenInputs(Protocol):
    """`ModelInputs` that training sees as they are, so that what frozen blocks make of them need be computed once."""

    def keep_below(self, blocks: int, report: ProgressReporter) -> None:
        """Let `ModelInputs.batches` have what lies below the last `blocks` blocks of the network, which alone learn;
        where that cannot be kept they stay as they are."""


@runtime_checkable
class NamedInputs(Protocol):
    """`ModelInputs` whose network also reads the names of the classes."""

    def class_names(self, report: ProgressReporter) -> np.ndarray | None:
        """(classes, width) what the frozen body makes of each name, less their mean; None where they are not to be
        used."""


@runtime_checkable
class HandMade(Protocol):
    """`ModelInputs` that know features without a network, too."""

    def by_hand(self) -> np.ndarray:
        """(samples, width), computed once and kept."""
