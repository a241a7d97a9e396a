"""What settings would take on this machine, measured on a few items before a network that is not trained yet."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from cases import planning
from cases.base import Place
from cases.dataset import Dataset
from cases.ground import Ground
from cases.splits import asked, divide
from models import device, holding_back, rehearsal
from models.batches import Batches
from models.head import Head, HeadOnFeatures, warm_start
from models.pace import Pace
from models.report import Report

FITTED = 2000  # items that a head is fitted to here; what more would take is reckoned from them


class Trial(Protocol):
    """What a case does its own way: a few items as one pretrained network takes them, and what they cost."""

    network: nn.Module  # has body, head and loss
    width: int  # of the features
    most: int  # items of a large step on a processor, where more take seconds

    def described(self) -> dict[str, Any]:
        """The body as `models.pretrained.Body`, before anything was put into it."""

    def views(self) -> list[list[str]]:
        """See `Case.rehearse`."""

    def features_are_kept(self) -> bool:
        """Whether an earlier run left what the frozen body makes of the samples, so that nothing is prepared."""

    def look(self) -> float:
        """Seconds in which the frozen body sees one item."""

    def make_ready(self) -> float:
        """Seconds until an item can be seen."""

    def batches(self, count: int) -> Batches:
        """So many items of the training part, from the start again where there are fewer."""

    def item_mb(self) -> float:
        """Memory that each sample holds while the network learns from the items themselves."""


class Rehearsing:
    """`begin` makes the trial of a case; how long that takes counts too."""

    def __init__(self, ground: Ground, begin: Callable[[Ground], Trial], report: Report) -> None:
        began = time.perf_counter()
        self.ground, self.settings, self.report = ground, ground.settings, report
        self.trial = begin(ground)
        self.network = self.trial.network.to(ground.device).eval()
        self.build = time.perf_counter() - began
        report.check()

    def run(self) -> dict[str, Any]:
        """See `Case.rehearse`."""
        settings, where, trial = self.settings, self.ground.device, self.trial
        body, views = trial.described(), trial.views()
        frozen = trial.look()
        self.report.check()
        kept = trial.features_are_kept()
        prepare, choosing = (0.0, 0.0) if kept else (frozen + trial.make_ready(), self._choosing())
        self.report.check()
        network, items = self._training()
        plan = planning.plan(settings, bf16=planning.trains_in_bf16(settings, where))
        learns_from_items = settings.mode != "head"
        look = frozen if learns_from_items else 0.0
        measured = rehearsal.rehearse(network, items, plan, look=look, report=self.report)
        measured["start"] += choosing
        held = (prepare or learns_from_items) and where.type != "cuda"  # a card holds a batch at a time
        pace = Pace(build=self.build, prepare=prepare, sample_mb=trial.item_mb() if held else 0.0, **measured)
        return {
            "body": body,
            "views": views,
            "device": device.describe(where),
            "device_mb": device.memory_mb(where),
            "pace": vars(pace),
            "per_second": 1 / frozen,
        }

    def _fitting(self, count: int) -> float:
        """Seconds to fit a head to so many frozen features."""
        features, labels = self._features(count)
        head = Head(self.trial.width, len(self.ground.dataset.classes), hidden=0, activation="relu", dropout=0.0)
        began = time.perf_counter()
        warm_start(head, features, labels)
        return time.perf_counter() - began

    def _choosing(self) -> float:
        """Seconds to find out how strongly to hold a head back, which every run does for comparison."""
        learnt = len(self.ground.rows["train"])
        each = min(learnt, holding_back.MOST) * (holding_back.FOLDS - 1) // holding_back.FOLDS
        count = max(2, min(each, FITTED))
        return holding_back.heads(learnt) * len(holding_back.PENALTIES) * self._fitting(count) * each / count

    def _features(self, count: int) -> tuple[Tensor, Tensor]:
        """Made up: fitting takes as long as with real ones."""
        labels = np.resize(self.ground.labels[self.ground.rows["train"]], count)
        return torch.randn(count, self.trial.width), torch.from_numpy(labels)

    def _training(self) -> tuple[nn.Module, Batches]:
        """What would train, and five quarters of a step of what it would train on."""
        batch = self.settings.batch_size
        if self.settings.mode == "head":
            features, labels = self._features(max(2, batch + batch // 4))
            items = Batches("features", features.numpy(), labels.numpy(), np.arange(len(labels)))
            return HeadOnFeatures(self.network.head, self.network.loss), items
        large = batch if self.ground.device.type == "cuda" else min(batch, self.trial.most)
        items = self.trial.batches(max(2, large + large // 4))
        planning.open_up(self.network, self.settings)
        return self.network, items


def rehearse(
    settings: Any, dataset: Dataset, place: Place, begin: Callable[[Ground], Trial], report: Report
) -> dict[str, Any]:
    """See `Case.rehearse` and `Rehearsing`."""
    rows = divide(dataset, **asked(settings))
    return Rehearsing(Ground(settings, dataset, place, rows), begin, report).run()
