"""Sounds as a pretrained network takes them."""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch

from cases import splits
from cases.base import WorkDirs
from cases.classification.ensemble import Ensemble, SecondModel
from cases.classification.trainer import ClassifierTrainer
from cases.dataset import Dataset
from cases.speech import reader
from cases.speech.audio import encoders, extractors, mfcc
from cases.speech.audio.batches import SoundBatches
from cases.speech.export import AudioExport
from cases.speech.network import LOOK, SoundNetwork, assemble
from cases.speech.settings import Settings
from cases.training import config
from cases.training.context import TrainingContext, prepare
from models.heads.augmented_features import AugmentedFeatures, drawn_for
from models.heads.statistics_probe import StatisticsProbe
from models.pretrained import catalog
from models.progress import QUIET, ProgressReporter
from models.storage.array_cache import ArrayCache
from models.storage.ragged_array import RaggedArray
from models.training import feature_batches

FEATURE_BATCH = 256  # sounds, from which batches of like length are made


class AudioInputs:
    """See `cases.classification.model_inputs.ModelInputs`."""

    network: SoundNetwork
    second: SecondModel | None = None
    ensemble: Ensemble | None = None
    trained = MappingProxyType[str, Any]({})

    def __init__(self, context: TrainingContext, report: ProgressReporter) -> None:
        self.context = context
        self.weights = catalog.folder(context.settings.model, context.place.cache / "models", "audio")
        self.extractor = extractors.load(self.weights)
        self.network = assemble(context.settings, self.weights, context.counts)
        self.statistics = statistics_rows(context)
        self.report = report
        self.growth = feature_batches.growth(context.device, encoders.AT_ONCE, report)

    @cached_property
    def waves(self) -> RaggedArray:
        """See `reader.whole_sounds`; where features are kept a head learns without them, and they need not be read
        through before it begins."""
        return reader.whole_sounds(self.context.dataset, self.context.place.kept, self.report)

    def features(self, report: ProgressReporter) -> ArrayCache:
        self.statistics.fill(self._statistics, FEATURE_BATCH, report, "features")
        rows = feature_rows(self.context, self.network, self.weights)
        rows.fill(self._forward_body, self._stretch, report, "features")
        return rows

    def augmented(self, count: int, report: ProgressReporter) -> AugmentedFeatures:
        """See `cases.classification.model_inputs.AugmentedInputs`."""
        plain = feature_rows(self.context, self.network, self.weights)
        rows, varied = view_rows(self.context, self.network, plain, count), splits.learnable(self.context.dataset)
        rows.fill(partial(self._forward_views, varied, count), self._stretch, report, "views")
        return AugmentedFeatures(plain.open(), rows.open(), varied)

    @property
    def _stretch(self) -> int:
        return feature_batches.stretch(self.context.device, FEATURE_BATCH)

    def _forward_body(self, start: int, stop: int) -> np.ndarray:
        some = [self.waves[row] for row in range(start, stop)]
        return encoders.vectors(self.network.body, self.extractor, some, bf16=self.context.bf16, report=QUIET,
                                growth=self.growth)  # fmt: skip

    def _forward_views(self, varied: np.ndarray, count: int, start: int, stop: int) -> np.ndarray:
        """(sounds, count, width) of these of the `varied` rows."""
        rows = varied[start:stop].tolist()
        some = [self.waves[row] for row in rows]

        def seen(view: int) -> np.ndarray:
            vary = lambda place, frames: self._varied(rows[place], view, frames)  # noqa: E731
            return encoders.vectors(self.network.body, self.extractor, some, bf16=self.context.bf16, report=QUIET,
                                    growth=self.growth, vary=vary)  # fmt: skip

        return np.stack([seen(view) for view in range(count)], 1)

    def _varied(self, row: int, view: int, frames: np.ndarray) -> np.ndarray:
        with drawn_for(row, view):
            return self.network.disturb(torch.from_numpy(frames)[None], torch.tensor([len(frames)]))[0].numpy()

    def _statistics(self, start: int, stop: int) -> np.ndarray:
        return np.stack([mfcc.statistics(self.waves[row]) for row in range(start, stop)])

    @cached_property
    def _cepstra(self) -> StatisticsProbe:
        rows = self.context.rows["train"]
        return StatisticsProbe(self.statistics.open()[rows], self.context.labels[rows])

    def guesses(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        return {"mfcc": self._cepstra.guesses(self.statistics.open()[rows])}

    def by_hand(self) -> np.ndarray:
        """See `cases.classification.model_inputs.HandMade`: the statistics of the cepstra."""
        return self.statistics.open()

    def batches(self, rows: np.ndarray) -> SoundBatches:
        return SoundBatches(self.extractor, self.waves, self.context.labels, rows)

    def given(self, rows: np.ndarray) -> list[str]:
        return reader.given(self.context.dataset, self.context.place.folder, self.waves, rows)

    def sizes(self, rows: np.ndarray) -> np.ndarray:
        return self.waves.lengths[rows]

    def exported(self) -> AudioExport:
        return AudioExport(self.context, self.network, self.weights, self.extractor, self.waves)


def feature_rows(context: TrainingContext, network: SoundNetwork, weights: Path) -> ArrayCache:
    """Where the features are kept."""
    return config.feature_rows(context.dataset, network.body.width, weights, LOOK, context.bf16, context.place.kept)


def view_rows(context: TrainingContext, network: SoundNetwork, plain: ArrayCache, count: int) -> ArrayCache:
    """Where those of `count` augmented views are kept, beside the `plain` ones."""
    return config.view_rows(plain, context.dataset, network.disturb.name, count)


def statistics_rows(context: TrainingContext) -> ArrayCache:
    """Where the statistics of every sample's cepstra are kept."""
    path = context.place.kept / "features" / context.dataset.digest / "mfcc.rows"
    return ArrayCache(path, len(context.dataset.samples), (mfcc.WIDTH,), "float32")


def build(settings: Settings, dataset: Dataset, place: WorkDirs, report: ProgressReporter) -> ClassifierTrainer:
    context = prepare(settings, dataset, place, report)
    return ClassifierTrainer(context, AudioInputs(context, report), report)
