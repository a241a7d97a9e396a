"""Texts as a pretrained network takes them."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from cases.base import WorkDirs
from cases.classification.ensemble import Ensemble
from cases.classification.trainer import ClassifierTrainer
from cases.dataset import Dataset
from cases.text_analysis import word_member
from cases.text_analysis.batches import TextBatches
from cases.text_analysis.export import TextExport
from cases.text_analysis.network import TextNetwork, assemble, feature_rows
from cases.text_analysis.settings import Settings
from cases.text_analysis.word_member import CountedWords
from cases.training.context import TrainingContext, prepare
from models.pretrained import catalog
from models.progress import NullReporter, ProgressReporter
from models.storage.array_cache import ArrayCache
from models.text import encoder, tokenizer

FEATURE_BATCH = 512  # texts, from which batches of like length are made


class TextInputs:
    """See `cases.classification.model_inputs.ModelInputs`."""

    network: TextNetwork
    ensemble: Ensemble | None = None

    def __init__(self, context: TrainingContext, report: ProgressReporter) -> None:
        self.context = context
        self.weights = catalog.folder(context.settings.model, context.place.cache / "models", "text")
        self.tokeniser = tokenizer.load(self.weights)
        self.network = assemble(context.settings, self.weights, context.counts)
        self.texts = context.dataset.samples["text"].tolist()
        self.ids = self.tokeniser.ids(self.texts)

    def features(self, report: ProgressReporter) -> ArrayCache:
        rows = feature_rows(self.context, self.network, self.weights, self.tokeniser)
        rows.fill(self._forward_body, FEATURE_BATCH, report, "features")
        return rows

    def _forward_body(self, start: int, stop: int) -> np.ndarray:
        body, some = self.network.body, self.texts[start:stop]
        return encoder.vectors(body, self.tokeniser, some, bf16=self.context.bf16, report=NullReporter())

    @cached_property
    def second(self) -> CountedWords:
        """Counted words know nothing of the encoder, so they seldom make the same mistakes."""
        return CountedWords(self.context, self.texts)

    def guesses(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        return {self.second.name: self.second.fit(self.context.rows["train"]).guesses(rows)}

    def batches(self, rows: np.ndarray) -> TextBatches:
        return TextBatches(self.tokeniser, self.ids, self.context.labels, rows)

    def given(self, rows: np.ndarray) -> list[str]:
        return [self.texts[row] for row in rows]

    def sizes(self, rows: np.ndarray) -> np.ndarray:
        return np.array([len(self.ids[row]) for row in rows])

    def exported(self) -> TextExport:
        words = word_member.exported(self.ensemble)
        return TextExport(self.context, self.network, self.weights, self.tokeniser, self.ids, words)


def build(settings: Settings, dataset: Dataset, place: WorkDirs, report: ProgressReporter) -> ClassifierTrainer:
    context = prepare(settings, dataset, place, report)
    return ClassifierTrainer(context, TextInputs(context, report), report)
