"""What the profile of a classifier measures: a few of a case's items, as one pretrained network takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import nn

from cases.classification.export import Exported
from models.training.batches import Batches


class ProfileInputs(Protocol):
    """What a case does its own way: a few items as one pretrained network takes them, and what they cost."""

    network: nn.Module  # has body, head and loss
    width: int  # of the features
    most: int  # items of a large step on a processor at least, where more take seconds

    def described(self) -> dict[str, Any]:
        """The body as `models.pretrained.registry.BackboneSpec`, before anything was put into it."""

    def views(self) -> list[list[str]]:
        """See `Task.profile`."""

    def features_are_kept(self) -> bool:
        """Whether an earlier run left what the frozen body makes of the samples, so that nothing is prepared."""

    def look(self) -> float:
        """Seconds in which the frozen body sees one item, by items as different in size as those of the data."""

    def filled(self) -> float:
        """The share that the items of `look` are of a batch as the run looks at it, at most 1."""

    def make_ready(self) -> float:
        """Seconds until an item can be seen."""

    def compare(self) -> float:
        """Seconds for the baselines that need no network."""

    def judge(self) -> float:
        """Seconds to fit what judges labels beside a linear probe, to as many items as are learnt from."""

    def batches(self, count: int) -> Batches:
        """So many usual items of the training part, from the start again where there are fewer."""

    def largest(self, count: int) -> Batches:
        """The same of those that need the most memory."""

    def sample_mb(self) -> float:
        """Memory that each sample holds once it was seen."""

    def asking(self, count: int) -> Asking:
        """At most so many usual items of the test part, to be asked about."""

    def exported(self) -> Exported:
        """The network with what a bundle is made of besides, as far as the items of `asking` need it."""

    def by_script(self, folder: Path, asked: Asking) -> float:
        """Seconds in which the script of the bundle answers one of these items."""


@runtime_checkable
class AugmentedProfileInputs(Protocol):
    """`ProfileInputs` of items that can be varied at random."""

    def views_are_kept(self) -> bool:
        """As `features_are_kept`, of the augmented views that the settings ask for."""


@runtime_checkable
class FrozenProfileInputs(Protocol):
    """`ProfileInputs` of items of which it may be kept what lies below the blocks that learn."""

    def below(self) -> float:
        """Seconds in which that is computed for an item; 0 where it need not be."""

    def above(self) -> float:
        """The share that is left of a look at an item when that is kept."""


@dataclass(frozen=True)
class Asking:
    """Items in a batch as the portable file takes it; `network` takes the same and gives probabilities."""

    network: nn.Module
    rows: np.ndarray
    batch: Mapping[str, np.ndarray]

    def by_network(self) -> np.ndarray:
        """(items, classes)"""
        where = next(self.network.parameters()).device
        with torch.no_grad():
            return self.network(*(torch.from_numpy(one).to(where) for one in self.batch.values())).cpu().numpy()
