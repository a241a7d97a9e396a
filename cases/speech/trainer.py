"""Sounds as a pretrained network takes them."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np

from cases.base import WorkDirs
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

FEATURE_BATCH = 256  # sounds, from which batches of like length are made


class AudioInputs:
    """See `cases.classification.trainer.ModelInputs`."""

    network: SoundNetwork

    def __init__(self, ground: TrainingContext, report: ProgressReporter) -> None:
        self.ground = ground
        self.weights = catalog.folder(ground.settings.model, ground.place.cache / "models", "audio")
        self.ears = extractors.load(self.weights)
        self.network = assemble(ground.settings, self.weights, ground.counts)
        self.waves = reader.whole_sounds(ground.dataset, ground.place.cache, report)
        self.statistics = statistics_rows(ground)

    def features(self, report: ProgressReporter) -> ArrayCache:
        ground, width = self.ground, self.network.body.width
        self.statistics.fill(self._statistics, FEATURE_BATCH, report, "features")
        rows = config.feature_rows(ground.dataset, width, self.weights, LOOK, ground.bf16,
                                   ground.place.cache)  # fmt: skip
        rows.fill(self._forward_body, FEATURE_BATCH, report, "features")
        return rows

    def _forward_body(self, start: int, stop: int) -> np.ndarray:
        some = [self.waves[row] for row in range(start, stop)]
        return encoders.vectors(self.network.body, self.ears, some, bf16=self.ground.bf16, report=QUIET)

    def _statistics(self, start: int, stop: int) -> np.ndarray:
        return np.stack([mfcc.statistics(self.waves[row]) for row in range(start, stop)])

    @cached_property
    def _cepstra(self) -> Cepstra:
        rows = self.ground.rows["train"]
        return Cepstra(self.statistics.open()[rows], self.ground.labels[rows])

    def guesses(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        return {"mfcc": self._cepstra.guesses(self.statistics.open()[rows])}

    def batches(self, rows: np.ndarray) -> SoundBatches:
        return SoundBatches(self.ears, self.waves, self.ground.labels, rows)

    def files(self, rows: np.ndarray) -> list[Path]:
        """As they were brought; of one whose header lies, what was heard."""
        samples = self.ground.dataset.samples
        lies = samples["lies"].to_numpy(bool)
        folder = self.ground.place.folder
        return [reader.as_heard(folder, row, self.waves[row]) if lies[row]
                else self.ground.dataset.file(samples["file"].iloc[row]) for row in rows]  # fmt: skip

    def exported(self) -> AudioExport:
        return AudioExport(self.ground, self.network, self.weights, self.ears, self.waves)


def statistics_rows(ground: TrainingContext) -> ArrayCache:
    """Where the statistics of every sample's cepstra are kept."""
    path = ground.place.cache / "features" / ground.dataset.digest / "mfcc.rows"
    return ArrayCache(path, len(ground.dataset.samples), (mfcc.WIDTH,), "float32")


def build(settings: Settings, dataset: Dataset, place: WorkDirs, report: ProgressReporter) -> ClassifierTrainer:
    ground = prepare(settings, dataset, place, report)
    return ClassifierTrainer(ground, AudioInputs(ground, report), report)
