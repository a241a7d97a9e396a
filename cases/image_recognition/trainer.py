"""Pictures as a pretrained network takes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cases import splits
from cases.base import WorkDirs
from cases.classification.ensemble import Ensemble, SecondModel
from cases.classification.trainer import ClassifierTrainer
from cases.dataset import Dataset
from cases.image_recognition import colors, reader
from cases.image_recognition.export import ImageExport
from cases.image_recognition.network import PictureNetwork, assemble
from cases.image_recognition.settings import Settings
from cases.training import config
from cases.training.context import TrainingContext, prepare
from models.heads.augmented_features import AugmentedFeatures, drawn_for
from models.heads.statistics_probe import StatisticsProbe
from models.pretrained import catalog
from models.progress import ProgressReporter
from models.storage.array_cache import ArrayCache, Make
from models.training import feature_batches, prefetch
from models.training.batches import Batches

SMALL = 96  # pixels of a picture in a lesson that trains the whole network: a fifth of the time that 224 take
FEATURE_BATCH = 16  # pictures; more are no quicker on a processor and take memory
STATISTICS_BATCH = 64


class ImageInputs:
    """See `cases.classification.model_inputs.ModelInputs`."""

    network: PictureNetwork
    second: SecondModel | None = None
    ensemble: Ensemble | None = None
    trained = MappingProxyType[str, Any]({})

    def __init__(self, context: TrainingContext, report: ProgressReporter) -> None:
        self.context = context
        self.weights = catalog.folder(context.settings.model, context.place.cache / "models", "image")
        self.network, self.preprocessing = assemble(context.settings, self.weights, context.counts)
        self.size = self.preprocessing["size"]
        self.statistics = statistics_rows(context)
        self.report = report

    @cached_property
    def pixels(self) -> np.ndarray:
        """See `reader.pixels`; where features are kept a head learns without them, and they need not be read through
        before it begins."""
        interpolation, kept = self.preprocessing["interpolation"], self.context.place.kept
        return reader.pixels(self.context.dataset, self.size, interpolation, kept, self.report)

    def features(self, report: ProgressReporter) -> ArrayCache:
        rows = feature_rows(self.context, self.network, self.weights, self.size)
        self._fill(rows, self._forward_body, report, "features")
        self.statistics.fill(self._statistics, STATISTICS_BATCH, report, "features")
        return rows

    def augmented(self, count: int, report: ProgressReporter) -> AugmentedFeatures:
        """See `cases.classification.model_inputs.AugmentedInputs`."""
        plain = feature_rows(self.context, self.network, self.weights, self.size)
        rows = view_rows(self.context, self.network, plain, count)
        varied = splits.learnable(self.context.dataset)
        self._fill(rows, partial(self._forward_views, varied, count), report, "views")
        return AugmentedFeatures(plain.open(), rows.open(), varied)

    def _fill(self, rows: ArrayCache, make: Make, report: ProgressReporter, what: str) -> None:
        context, body = self.context, self.network.body
        if not rows.complete():
            self.pixels  # noqa: B018  its progress comes before that of the features
        body.to(memory_format=torch.channels_last)  # a tenth quicker on a CPU
        batch = feature_batches.most(context.device, FEATURE_BATCH)
        growth = feature_batches.growth(context.device, FEATURE_BATCH, report)
        rows.fill(make, batch, report, what, growth)
        body.to(memory_format=torch.contiguous_format)  # as safetensors wants the weights

    @cached_property
    def _rows(self) -> Callable[[int, int], Tensor]:
        return prefetch.rows(self.pixels, self.context.device)

    def _forward_body(self, start: int, stop: int) -> np.ndarray:
        return self._forward(self.network.features, self._rows(start, stop))

    def _forward_views(self, varied: np.ndarray, count: int, start: int, stop: int) -> np.ndarray:
        """(pictures, count, width) of these of the `varied` rows."""
        rows = varied[start:stop]
        pictures = torch.from_numpy(np.array(self.pixels[rows])).permute(0, 3, 1, 2)
        seen = [self._forward(self.network.features_of, self._varied(pictures, rows, view)) for view in range(count)]
        return np.stack(seen, 1)

    def _varied(self, pictures: Tensor, rows: np.ndarray, view: int) -> Tensor:
        found = []
        for row, picture in zip(rows.tolist(), pictures, strict=True):
            with drawn_for(row, view):
                found.append(self.network.augment(picture[None]))
        return torch.cat(found).to(self.context.device)

    def _forward(self, features: Callable[[Tensor], Tensor], items: Tensor) -> np.ndarray:
        self.network.eval()
        where = self.context.device
        with torch.no_grad(), torch.autocast(where.type, torch.bfloat16, enabled=self.context.bf16):
            return features(items).float().cpu().numpy()

    def batches(self, rows: np.ndarray) -> Batches:
        return Batches("pixels", self.pixels, self.context.labels, rows)

    def _statistics(self, start: int, stop: int) -> np.ndarray:
        return np.stack([colors.statistics(picture) for picture in self.pixels[start:stop]])

    @cached_property
    def _colors(self) -> StatisticsProbe:
        rows = self.context.rows["train"]
        return StatisticsProbe(self.statistics.open()[rows], self.context.labels[rows])

    def guesses(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        return {"colors": self._colors.guesses(self.statistics.open()[rows])}

    def given(self, rows: np.ndarray) -> list[str]:
        names = self.context.dataset.samples["file"].iloc[rows]
        return [str(self.context.dataset.file(name).resolve()) for name in names]

    def sizes(self, rows: np.ndarray) -> np.ndarray:
        return np.zeros(len(rows))  # squares of one size

    def small(self) -> SmallPictures:
        """See `cases.classification.model_inputs.SmallInputs`."""
        return SmallPictures(self.context, self.weights, self.report)

    def exported(self) -> ImageExport:
        return ImageExport(self.context, self.network, self.weights, self.preprocessing, self.pixels)


def feature_rows(context: TrainingContext, network: PictureNetwork, weights: Path, size: int) -> ArrayCache:
    """Where the features of pictures of this `size` are kept."""
    return config.feature_rows(context.dataset, network.body.head_hidden_size, weights, str(size), context.bf16,
                               context.place.kept)  # fmt: skip


def statistics_rows(context: TrainingContext) -> ArrayCache:
    """Where the statistics of every picture's colours are kept."""
    path = context.place.kept / "features" / context.dataset.digest / "colors.rows"
    return ArrayCache(path, len(context.dataset.samples), (colors.WIDTH,), "float32")


def view_rows(context: TrainingContext, network: PictureNetwork, plain: ArrayCache, count: int) -> ArrayCache:
    """Where those of `count` augmented views are kept, beside the `plain` ones."""
    return config.view_rows(plain, context.dataset, network.augmentation, count)


@dataclass(frozen=True)
class SmallPictures:
    """See `cases.classification.model_inputs.SmallItems`."""

    context: TrainingContext
    weights: Path
    report: ProgressReporter

    def network(self, settings: Any, counts: np.ndarray, *, pretrained: bool) -> PictureNetwork:
        network, _ = assemble(settings, self.weights, counts, pretrained=pretrained, side=SMALL)
        return network.to(self.context.device)

    def batches(self, rows: np.ndarray) -> Batches:
        return Batches("pixels", self._pixels, self.context.labels, rows)

    @cached_property
    def _pixels(self) -> np.ndarray:
        context = self.context
        _, wanted = assemble(context.settings, self.weights, context.counts, side=SMALL)
        return reader.pixels(context.dataset, wanted["size"], wanted["interpolation"], context.place.kept, self.report)


def build(settings: Settings, dataset: Dataset, place: WorkDirs, report: ProgressReporter) -> ClassifierTrainer:
    context = prepare(settings, dataset, place, report)
    return ClassifierTrainer(context, ImageInputs(context, report), report)
