"""Sounds as a pretrained network takes them."""

from __future__ import annotations

from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from cases.base import WorkDirs
from cases.classification.ensemble import Ensemble, SecondModel
from cases.classification.trainer import ClassifierTrainer
from cases.dataset import Dataset
from cases.speech import reader
from cases.speech.audio import encoders, extractors, mfcc
from cases.speech.audio.batches import SoundBatches
from cases.speech.audio.mfcc import Cepstra
from cases.speech.export import AudioExport
from cases.speech.network import LOOK, SoundNetwork, assemble
from cases.speech.settings import Settings
from cases.training import config
from cases.training.context import TrainingContext, prepare
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
        context, width = self.context, self.network.body.width
        self.statistics.fill(self._statistics, FEATURE_BATCH, report, "features")
        rows = config.feature_rows(context.dataset, width, self.weights, LOOK, context.bf16,
                                   context.place.kept)  # fmt: skip
        rows.fill(self._forward_body, feature_batches.stretch(context.device, FEATURE_BATCH), report, "features")
        return rows

    def _forward_body(self, start: int, stop: int) -> np.ndarray:
        some = [self.waves[row] for row in range(start, stop)]
        return encoders.vectors(self.network.body, self.extractor, some, bf16=self.context.bf16, report=QUIET,
                                growth=self.growth)  # fmt: skip

    def _statistics(self, start: int, stop: int) -> np.ndarray:
        return np.stack([mfcc.statistics(self.waves[row]) for row in range(start, stop)])

    @cached_property
    def _cepstra(self) -> Cepstra:
        rows = self.context.rows["train"]
        return Cepstra(self.statistics.open()[rows], self.context.labels[rows])

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


def statistics_rows(context: TrainingContext) -> ArrayCache:
    """Where the statistics of every sample's cepstra are kept."""
    path = context.place.kept / "features" / context.dataset.digest / "mfcc.rows"
    return ArrayCache(path, len(context.dataset.samples), (mfcc.WIDTH,), "float32")


def build(settings: Settings, dataset: Dataset, place: WorkDirs, report: ProgressReporter) -> ClassifierTrainer:
    context = prepare(settings, dataset, place, report)
    return ClassifierTrainer(context, AudioInputs(context, report), report)
