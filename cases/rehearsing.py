"""What settings would take on this machine, measured on a few items before a network that is not trained yet."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from cases import planning
from cases.base import Place
from cases.dataset import Dataset
from cases.ground import Ground
from cases.splits import asked, divide
from models import device, export, holding_back, portable, rehearsal
from models.batches import Batches
from models.head import Head, HeadOnFeatures, warm_start
from models.pace import Pace
from models.report import QUIET, Report

FITTED = 1000  # items that a head is fitted to here; what more would take is reckoned from them
APART, FADING = 5.0, 0.5  # of features that are made up: how far classes lie from each other, how directions lose size
COPIES = 4  # of all features in memory while heads are fitted to parts of them
ASKED = 16  # test items that a bundle is tried with


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
        """Seconds in which the frozen body sees one item, by items as different in size as those of the data."""

    def make_ready(self) -> float:
        """Seconds until an item can be seen."""

    def compare(self) -> float:
        """Seconds for the baselines that need no network."""

    def batches(self, count: int) -> Batches:
        """So many usual items of the training part, from the start again where there are fewer."""

    def largest(self, count: int) -> Batches:
        """The same of those that need the most memory."""

    def sample_mb(self, *, learning: bool) -> float:
        """Memory that each sample holds; `learning`: the network learns from the items themselves."""

    def pack(self, folder: Path, count: int) -> tuple[int, Callable[[], Any]]:
        """Write a bundle as if so many items had been tested and load it again; returns what asks both the network and
        its portable file about some of them once more, and how many."""


class Rehearsing:
    """`begin` makes the trial of a case."""

    def __init__(self, ground: Ground, begin: Callable[[Ground], Trial], report: Report) -> None:
        self.ground, self.settings, self.report = ground, ground.settings, report
        with rehearsal.Peak() as self.preparing:
            self.build = rehearsal.seconds(lambda: self._begin(begin))
        report.check()

    def _begin(self, begin: Callable[[Ground], Trial]) -> None:
        self.trial = begin(self.ground)
        self.network = self.trial.network.to(self.ground.device).eval()

    def run(self) -> dict[str, Any]:
        """See `Case.rehearse`."""
        settings, where, trial = self.settings, self.ground.device, self.trial
        body, views = trial.described(), trial.views()
        with rehearsal.Peak() as looking:
            frozen = trial.look()
        self.report.check()
        kept = trial.features_are_kept()
        prepare = 0.0 if kept else frozen + trial.make_ready()
        choose = trial.compare() + (0.0 if kept else self._choosing())
        self.report.check()
        learns_from_items = settings.mode != "head"
        look = frozen if learns_from_items else 0.0
        training = self._training(look)
        packing = self._packing()
        counts = {part: len(rows) for part, rows in self.ground.rows.items()}
        features_mb = COPIES * sum(counts.values()) * trial.width * 4 / 2**20
        prepared = max(self.preparing.own_mb, looking.own_mb)
        pace = Pace(
            build=self.build, prepare=prepare, choose=choose,
            evaluate=look * (1 + counts["validation"] / counts["test"]),
            prepare_mb=prepared + (0.0 if kept else features_mb),
            mapped_mb=max(looking.mapped_mb, packing.pop("mapped_mb")),
            sample_mb=trial.sample_mb(learning=learns_from_items) if learns_from_items or not kept else 0.0,
            **training, **packing,
        )  # fmt: skip
        return {
            "body": body,
            "views": views,
            "device": device.describe(where),
            "device_mb": device.memory_mb(where),
            "pace": vars(pace),
            "per_second": 1 / frozen,
        }

    def _choosing(self) -> float:
        """Seconds to find out how strongly to hold a head back, which every run does for comparison: the heads of one
        fold are fitted to features that are made up."""
        learnt = len(self.ground.rows["train"])
        each = min(learnt, holding_back.MOST)
        count = max(holding_back.FOLDS, min(each, FITTED))
        features, labels = self._features(count)
        classes, enough = len(self.ground.dataset.classes), self.network.enough
        fold = rehearsal.seconds(lambda: holding_back.try_one_fold(features, labels, classes, enough=enough))
        head = Head(self.trial.width, classes, hidden=0, activation="relu", dropout=0.0)
        once = rehearsal.seconds(lambda: warm_start(head, features, labels))
        return (holding_back.heads(learnt) * fold + once) * each / count

    def _features(self, count: int) -> tuple[Tensor, Tensor]:
        """Made up: (items, width), in which the classes lie apart, and (items,)."""
        random = torch.Generator().manual_seed(0)
        labels = torch.from_numpy(np.resize(self.ground.labels[self.ground.rows["train"]], count))
        middles = torch.randn(len(self.ground.dataset.classes), self.trial.width, generator=random)
        features = torch.randn(count, self.trial.width, generator=random)
        sizes = torch.arange(1, self.trial.width + 1) ** -FADING
        return (features + APART / self.trial.width**0.5 * middles[labels]) * sizes, labels

    def _training(self, look: float) -> dict[str, float]:
        plan = planning.plan(self.settings, bf16=planning.trains_in_bf16(self.settings, self.ground.device))
        batch = self.settings.batch_size
        if self.settings.mode == "head":
            features, labels = self._features(max(2, batch + batch // 4))
            items = Batches("features", features.numpy(), labels.numpy(), np.arange(len(labels)))
            network = HeadOnFeatures(self.network.head, self.network.loss)
            weights = {
                "base_mb": 0.0,
                "state_mb": 0.0,
                "item_mb": 0.0,
                "looking_mb": 0.0,
                "copy_mb": 0.0,
            }  # of a head nobody notices
        else:
            large = batch if self.ground.device.type == "cuda" else min(batch, self.trial.most)
            items, network = self.trial.batches(max(2, large + large // 4)), self.network
            planning.open_up(network, self.settings)
            weights = rehearsal.weigh(network, self.trial.largest(2 * rehearsal.WEIGHED), plan, self.report)
        return {**rehearsal.rehearse(network, items, plan, look=look, report=self.report), **weights}

    def _packing(self) -> dict[str, float]:
        """Seconds and memory of `models.pace.Pace`, with a bundle that is thrown away."""
        planning.close(self.network, self.settings)
        count = min(ASKED, len(self.ground.rows["test"]))
        with TemporaryDirectory(dir=self.ground.place.folder) as folder:
            with rehearsal.Peak() as peak:
                began = time.perf_counter()
                some, ask = self.trial.pack(Path(folder) / "bundle", count)
                pack = time.perf_counter() - began
            self.report.check()
            each = rehearsal.seconds_each(ask, some)
        return {"pack": max(pack - count * each, 0.0), "packed": each, "pack_mb": peak.own_mb,
                "mapped_mb": peak.mapped_mb}  # fmt: skip


def rehearse(
    settings: Any, dataset: Dataset, place: Place, begin: Callable[[Ground], Trial], report: Report
) -> dict[str, Any]:
    """See `Case.rehearse` and `Rehearsing`."""
    rows = divide(dataset, **asked(settings))
    return Rehearsing(Ground(settings, dataset, place, rows), begin, report).run()


def asking(file: Path, network: nn.Module, batch: Mapping[str, np.ndarray]) -> Callable[[], Any]:
    """Asks a network and its portable file about a batch; does nothing where the file could not be written."""
    if not file.exists():
        return lambda: None
    model = portable.load(file)
    return lambda: export.answers(network, model, [batch], QUIET)


def spread(sizes: np.ndarray, count: int) -> np.ndarray:
    """Places of so many, evenly spread from the smallest to the largest: their mean is that of all."""
    order = np.argsort(sizes, kind="stable")
    return order[((np.arange(count) + 0.5) * len(order) / count).astype(int)] if len(order) > count else order


def usual(sizes: np.ndarray, count: int) -> np.ndarray:
    """Places of so many that are nearest to the mean."""
    return np.argsort(np.abs(sizes - sizes.mean()), kind="stable")[:count]
