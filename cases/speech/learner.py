"""Sounds as a pretrained network takes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cases import planning
from cases.base import Place
from cases.dataset import Dataset
from cases.ground import Ground, lay
from cases.learning import LabelLearner
from cases.speech import data
from cases.speech.network import SoundNetwork, assemble
from cases.speech.settings import Settings
from models import catalog, hearing, sounding
from models.report import QUIET, Report
from models.rows import Rows
from models.sounds import SoundBatches

FEATURE_BATCH = 256  # sounds, from which batches of like length are made


class SoundItems:
    """The part of `cases.learning.Items` that training needs."""

    network: SoundNetwork

    def __init__(self, ground: Ground, report: Report) -> None:
        self.ground = ground
        self.weights = catalog.folder(ground.settings.model, ground.place.cache / "models", "sound")
        self.ears = hearing.load(self.weights)
        self.network = assemble(ground.settings, self.weights, ground.counts)
        self.waves = data.sounds(ground.dataset)

    def features(self, report: Report) -> Rows:
        ground, width = self.ground, self.network.body.width
        rows = planning.feature_rows(ground.dataset, width, self.weights, str(hearing.LONGEST), ground.bf16,
                                     ground.place.cache)  # fmt: skip
        rows.fill(self._forward_body, FEATURE_BATCH, report, "features")
        return rows

    def _forward_body(self, start: int, stop: int) -> np.ndarray:
        some = [self.waves[row] for row in range(start, stop)]
        return sounding.vectors(self.network.body, self.ears, some, bf16=self.ground.bf16, report=QUIET)

    def guesses(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        return {}

    def batches(self, rows: np.ndarray) -> SoundBatches:
        return SoundBatches(self.ears, self.waves, self.ground.labels, rows)

    def files(self, rows: np.ndarray) -> list[Path]:
        return [self.ground.dataset.file(name) for name in self.ground.dataset.samples["file"].iloc[rows]]


def build(settings: Settings, dataset: Dataset, place: Place, report: Report) -> LabelLearner:
    ground = lay(settings, dataset, place, report)
    return LabelLearner(ground, SoundItems(ground, report), report)
