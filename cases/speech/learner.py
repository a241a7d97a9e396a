"""Sounds as a pretrained network takes them."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from cases import planning
from cases.base import Place
from cases.dataset import Dataset
from cases.ground import Ground, lay
from cases.learning import LabelLearner
from cases.speech import bundle, data
from cases.speech.network import LOOK, SoundNetwork, assemble
from cases.speech.settings import Settings
from models import catalog, cepstra, hearing, sounding
from models.cepstra import Cepstra
from models.mel import RATE
from models.report import QUIET, Report
from models.rows import Rows
from models.sounds import SoundBatches

FEATURE_BATCH = 256  # sounds, from which batches of like length are made


class SoundItems:
    """See `cases.learning.Items`."""

    network: SoundNetwork

    def __init__(self, ground: Ground, report: Report) -> None:
        self.ground = ground
        self.weights = catalog.folder(ground.settings.model, ground.place.cache / "models", "sound")
        self.kind = json.loads((self.weights / "config.json").read_text("utf-8"))["model_type"]
        self.ears = hearing.load(self.weights)
        self.network = assemble(ground.settings, self.weights, ground.counts)
        self.waves = data.sounds(ground.dataset)

    def features(self, report: Report) -> Rows:
        ground, width = self.ground, self.network.body.width
        statistics_rows(ground).fill(self._statistics, FEATURE_BATCH, report, "features")
        rows = planning.feature_rows(ground.dataset, width, self.weights, LOOK, ground.bf16,
                                     ground.place.cache)  # fmt: skip
        rows.fill(self._forward_body, FEATURE_BATCH, report, "features")
        return rows

    def _forward_body(self, start: int, stop: int) -> np.ndarray:
        some = [self.waves[row] for row in range(start, stop)]
        return sounding.vectors(self.network.body, self.ears, some, bf16=self.ground.bf16, report=QUIET)

    def _statistics(self, start: int, stop: int) -> np.ndarray:
        return np.stack([cepstra.statistics(self.waves[row]) for row in range(start, stop)])

    @cached_property
    def _cepstra(self) -> Cepstra:
        rows = self.ground.rows["train"]
        return Cepstra(statistics_rows(self.ground).open()[rows], self.ground.labels[rows])

    def guesses(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        return {"mfcc": self._cepstra.guesses(statistics_rows(self.ground).open()[rows])}

    def batches(self, rows: np.ndarray) -> SoundBatches:
        return SoundBatches(self.ears, self.waves, self.ground.labels, rows)

    def files(self, rows: np.ndarray) -> list[Path]:
        """As they were brought; of one whose header lies, what was heard."""
        samples = self.ground.dataset.samples
        lies = samples["lies"].to_numpy(bool)
        return [self._written(row) if lies[row] else self.ground.dataset.file(samples["file"].iloc[row])
                for row in rows]  # fmt: skip

    def _written(self, row: int) -> Path:
        file = self.ground.place.folder / "probes" / f"{row}.wav"
        file.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(file, self.waves[row], RATE, subtype="FLOAT")
        return file

    @property
    def preprocessing(self) -> dict[str, Any]:
        return bundle.preprocessing(self.waves, self.ground)

    def save(self, folder: Path, result: dict[str, Any], evaluated: np.ndarray, report: Report) -> dict[str, Any]:
        return bundle.save(folder, self, result, evaluated, report)


def statistics_rows(ground: Ground) -> Rows:
    """Where the statistics of every sample's cepstra are kept."""
    path = ground.place.cache / "features" / ground.dataset.digest / "mfcc.rows"
    return Rows(path, len(ground.dataset.samples), (cepstra.WIDTH,), "float32")


def build(settings: Settings, dataset: Dataset, place: Place, report: Report) -> LabelLearner:
    ground = lay(settings, dataset, place, report)
    return LabelLearner(ground, SoundItems(ground, report), report)
