"""A few pictures before a network that is not trained yet, and what the training would see of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from cases.base import WorkDirs
from cases.classification import profile
from cases.classification.conditions import views_learnt
from cases.classification.export import Portable
from cases.classification.profile_inputs import Asking
from cases.dataset import Dataset
from cases.image_recognition import colors, predict, reader
from cases.image_recognition.backbones import block_names
from cases.image_recognition.export import ImageExport
from cases.image_recognition.network import PictureNetwork, assemble
from cases.image_recognition.settings import Settings
from cases.image_recognition.trainer import FEATURE_BATCH, feature_rows, statistics_rows, view_rows
from cases.training.context import TrainingContext
from models.heads.statistics_probe import MOST, StatisticsProbe
from models.pretrained import catalog
from models.progress import ProgressReporter
from models.storage.array_cache import ArrayCache
from models.training import feature_batches, lora, step_costs
from models.training.batches import Batches

COMPARED = 500  # pictures that the statistics are learnt from
SHOWN, VIEWS, SIDE = 3, 6, 160


class Few:
    """Pixels of the few rows that are asked for, whatever is kept of the others."""

    def __init__(self, dataset: Dataset, size: int, interpolation: str) -> None:
        self.dataset, self.looks = dataset, (size, interpolation)

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        """(rows, size, size, 3) uint8"""
        return reader.a_few(self.dataset, rows, *self.looks)


class ImageProfileInputs:
    """See `cases.classification.profile_inputs.ProfileInputs`."""

    most = 8

    def __init__(self, context: TrainingContext, weights: Path) -> None:
        self.context, self.weights = context, weights
        self.network, self.preprocessing = assemble(context.settings, weights, context.counts)
        self.width = self.network.body.head_hidden_size
        self.looks = (self.preprocessing["size"], self.preprocessing["interpolation"])
        self.pixels = Few(context.dataset, *self.looks)

    def described(self) -> dict[str, Any]:
        return described(self.network, self.preprocessing)

    def features_are_kept(self) -> bool:
        return self._feature_rows.complete()

    def views_are_kept(self) -> bool:
        count = views_learnt(vars(self.context.settings))
        return view_rows(self.context, self.network, self._feature_rows, count).complete()

    @property
    def _feature_rows(self) -> ArrayCache:
        return feature_rows(self.context, self.network, self.weights, self.looks[0])

    def look(self) -> float:
        where = self.context.device
        pixels = torch.from_numpy(self._pixels(feature_batches.first(where, FEATURE_BATCH))).to(where)
        with (
            _quick(self.network), torch.no_grad(), torch.autocast(where.type, torch.bfloat16, enabled=self.context.bf16)
        ):  # fmt: skip
            return step_costs.seconds_each(lambda: self.network.features(pixels).sum().item(), len(pixels))

    def filled(self) -> float:
        return 1.0

    def make_ready(self) -> float:
        """Seconds to decode a picture, and for the statistics of its colours, unless an earlier run left them."""
        found, some = 0.0, self._pixels(self.most)
        if not reader.are_decoded(self.context.dataset, *self.looks, self.context.place.kept):
            found += step_costs.seconds_each(lambda: self._pixels(self.most), self.most)
        if not statistics_rows(self.context).complete():
            found += step_costs.seconds_each(lambda: [colors.statistics(one) for one in some], len(some))
        return found

    def compare(self) -> float:
        """Seconds to learn from the statistics, which are made up."""
        learnt = self.context.rows["train"]
        labels = self.context.labels[learnt[:COMPARED]]
        told = np.random.default_rng(0).normal(size=(len(labels), colors.WIDTH)) + labels[:, None] / (labels.max() + 1)
        return step_costs.seconds(lambda: StatisticsProbe(told, labels)) * min(len(learnt), MOST) / len(labels)

    def judge(self) -> float:
        return 0.0

    def batches(self, count: int) -> Batches:
        labels = np.resize(self.context.labels[self.context.rows["train"]], count)
        return Batches("pixels", self._pixels(count), labels, np.arange(count))

    largest = batches  # they are all of one size

    def sample_mb(self) -> float:
        return 3 * self.looks[0] ** 2 / 2**20

    def asking(self, count: int) -> Asking:
        rows = self.context.rows["test"][:count]
        return Asking(Portable(self.network), rows, self.exported().batch(rows))

    def by_script(self, folder: Path, asked: Asking) -> float:
        files = [self.context.dataset.file(name) for name in self.context.dataset.samples["file"].iloc[asked.rows]]
        model = predict.load(folder)
        return step_costs.seconds_each(lambda: predict.predict(model, files), len(files))

    def exported(self) -> ImageExport:
        return ImageExport(self.context, self.network, self.weights, self.preprocessing, self.pixels)

    def _pixels(self, count: int) -> np.ndarray:
        return self.pixels[np.resize(self.context.rows["train"], count)]

    def views(self) -> list[list[str]]:
        """Names of WebP files in the run's folder: for a few pictures, as the training would see each."""
        context = self.context
        if context.settings.mode == "head" and not views_learnt(vars(context.settings)):
            return []
        rows = np.random.default_rng(context.settings.seed).permutation(context.rows["train"])[:SHOWN]
        pictures = torch.from_numpy(reader.a_few(context.dataset, rows, *self.looks)).permute(0, 3, 1, 2)
        with torch.random.fork_rng():
            torch.manual_seed(context.settings.seed)
            return [self._written(row, picture) for row, picture in zip(rows, pictures, strict=True)]

    def _written(self, row: int, picture: Tensor) -> list[str]:
        count = 1 if self.context.settings.augmentation == "none" else VIEWS
        views = self.network.augment(picture.expand(count, -1, -1, -1))
        names = [f"view-{row}-{number}.webp" for number in range(count)]
        for name, view in zip(names, views, strict=True):
            pixels = view.round().clamp(0, 255).to(torch.uint8) if view.is_floating_point() else view
            shown = Image.fromarray(pixels.permute(1, 2, 0).numpy()).resize((SIDE, SIDE))
            shown.save(self.context.place.folder / name, quality=80)
        return names


def described(network: PictureNetwork, preprocessing: dict[str, Any]) -> dict[str, Any]:
    """Its body as `models.pretrained.registry.BackboneSpec`, before anything was put into it."""
    blocks = lora.sizes(network.body, block_names(network.body))
    return {"size": preprocessing["crop"], "width": network.body.head_hidden_size, "blocks": blocks}


@contextmanager
def _quick(network: PictureNetwork) -> Iterator[None]:
    """As features are computed: channels last."""
    network.body.to(memory_format=torch.channels_last)
    yield
    network.body.to(memory_format=torch.contiguous_format)


def measure(settings: Settings, dataset: Dataset, place: WorkDirs, report: ProgressReporter) -> dict[str, Any]:
    weights = catalog.folder(settings.model, place.cache / "models", "image")
    return profile.measure(settings, dataset, place, lambda context: ImageProfileInputs(context, weights), report)
