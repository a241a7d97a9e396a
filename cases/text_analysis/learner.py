"""Texts as a pretrained network takes them."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from cases.base import Place
from cases.dataset import Dataset
from cases.ground import Ground, lay
from cases.learning import LabelLearner
from cases.text_analysis import bundle
from cases.text_analysis.network import TextNetwork, assemble, feature_rows
from cases.text_analysis.settings import Settings
from models import catalog, sentences, tokenising
from models.report import Quiet, Report
from models.rows import Rows
from models.texts import TextBatches
from models.word_counts import WordCounts

FEATURE_BATCH = 512  # texts, from which batches of like length are made


class TextItems:
    """See `cases.learning.Items`."""

    network: TextNetwork

    def __init__(self, ground: Ground, report: Report) -> None:
        self.ground = ground
        self.weights = catalog.folder(ground.settings.model, ground.place.cache / "models", "text")
        self.tokeniser = tokenising.load(self.weights)
        self.network = assemble(ground.settings, self.weights, ground.counts)
        self.texts = ground.dataset.samples["text"].tolist()
        self.ids = self.tokeniser.ids(self.texts)

    def features(self, report: Report) -> Rows:
        rows = feature_rows(self.ground, self.network, self.weights, self.tokeniser)
        rows.fill(self._forward_body, FEATURE_BATCH, report, "features")
        return rows

    def _forward_body(self, start: int, stop: int) -> np.ndarray:
        body, some = self.network.body, self.texts[start:stop]
        return sentences.vectors(body, self.tokeniser, some, bf16=self.ground.bf16, report=Quiet())

    @cached_property
    def _counted(self) -> WordCounts:
        rows = self.ground.rows["train"]
        return WordCounts([self.texts[row] for row in rows], self.ground.labels[rows])

    def guesses(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        return {"word_counts": self._counted.guesses([self.texts[row] for row in rows])}

    def batches(self, rows: np.ndarray) -> TextBatches:
        return TextBatches(self.tokeniser, self.ids, self.ground.labels, rows)

    def files(self, rows: np.ndarray) -> list[Path]:
        """Written into the run's folder: most texts come out of a table."""
        folder = self.ground.place.folder / "probes"
        folder.mkdir(parents=True, exist_ok=True)
        written = [folder / f"{row}.txt" for row in rows]
        for row, file in zip(rows, written, strict=True):
            file.write_text(self.texts[row], "utf-8", newline="")
        return written

    @property
    def preprocessing(self) -> dict[str, Any]:
        return bundle.preprocessing(self.tokeniser)

    def save(self, folder: Path, result: dict[str, Any], evaluated: np.ndarray, report: Report) -> dict[str, Any]:
        return bundle.save(folder, self, result, evaluated, report)


def build(settings: Settings, dataset: Dataset, place: Place, report: Report) -> LabelLearner:
    ground = lay(settings, dataset, place, report)
    return LabelLearner(ground, TextItems(ground, report), report)
