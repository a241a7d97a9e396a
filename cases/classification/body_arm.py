"""One arm of a lesson whose body learns, or which asks how far frozen features of the same small items go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import nn

from cases.classification.model_inputs import SmallItems
from cases.training import config
from models.heads.head import warm_start
from models.lessons import effect, whole_network
from models.lessons.data import ArmData
from models.lessons.epoch import Epoch, Point


@dataclass(frozen=True, eq=False)
class Bodies:
    """Networks on small items, and what their frozen pretrained body makes of these.

    `rows`: the samples that a lesson may look at.
    """

    items: SmallItems
    rows: np.ndarray

    @cached_property
    def features(self) -> np.ndarray:
        """(samples, width); zeros beside `rows`. Computed once for all arms."""
        context = self.items.context
        network = self.items.network(context.settings, context.counts, pretrained=True)
        seen = whole_network.features(network, self.items.batches(self.rows), len(self.rows))
        every = np.zeros((len(context.labels), seen.shape[1]), np.float32)
        every[self.rows] = seen
        return every


@dataclass(frozen=True, eq=False)
class BodyTraining:
    """See `cases.base.ArmTraining`. `settings`: of a classifier, whose mode says which part learns; `data`: with the
    frozen features of its items."""

    bodies: Bodies
    settings: Any
    data: ArmData
    pretrained: bool
    seed: int

    @property
    def items(self) -> int:
        return len(self.data.train)

    @property
    def held(self) -> int:
        return len(self.data.held)

    def epochs(self) -> Iterator[Epoch | Point]:
        """From a start that is the same for the same seed; as `models.lessons.whole_network.train`."""
        data, settings = self.data, self.settings
        torch.manual_seed(self.seed)
        counts = np.bincount(data.train_labels, minlength=data.classes)
        network = self.bodies.items.network(settings, counts, pretrained=self.pretrained)
        self._start(network.head)
        config.open_up(network, settings)
        plan = config.plan(settings, bf16=False, items=len(data.train))
        learnt, asked = (self.bodies.items.batches(rows) for rows in (data.train_rows, data.held_rows))
        yield from whole_network.train(network, learnt, asked, data, plan, order=self.seed)

    def _start(self, head: nn.Module) -> None:
        """On a pretrained body as in every run: the head knows first what frozen features tell. On a random one it is
        random too, for an output layer of zeros would let nothing through to the body."""
        if not self.pretrained:
            nn.init.xavier_uniform_(head.output.weight)
            return
        where = head.output.weight.device
        features, labels = (torch.from_numpy(one).to(where) for one in (self.data.train, self.data.train_labels))
        head.standardise(features)
        warm_start(head, features, labels)

    def measured(self, epochs: Sequence[Epoch | Point]) -> dict[str, float]:
        """Of the last epoch."""
        judged = [one for one in epochs if isinstance(one, Epoch)]
        return effect.measured(judged, judged[-1])

    def plane(self, epochs: Sequence[Epoch | Point]) -> None:
        """None: a whole network reads items, no places."""
