"""Texts as a pretrained network takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from cases.base import WorkDirs
from cases.classification.conditions import takes_names
from cases.classification.ensemble import Ensemble
from cases.classification.trainer import ClassifierTrainer
from cases.dataset import Dataset
from cases.text_analysis import long_texts, word_member
from cases.text_analysis.batches import TextBatches
from cases.text_analysis.export import TextExport
from cases.text_analysis.long_texts import Reading
from cases.text_analysis.network import TextNetwork, assemble, feature_rows, frozen_rows
from cases.text_analysis.settings import Settings
from cases.text_analysis.word_member import CountedWords
from cases.training.context import TrainingContext, prepare
from models.pretrained import catalog
from models.progress import Checking, ProgressReporter
from models.storage.array_cache import ArrayCache
from models.text import encoder, frozen_blocks, tokenizer, windows
from models.text.frozen_blocks import FrozenBlocks
from models.text.tokenizer import Tokeniser
from models.text.windows import Texts
from models.training import feature_batches

SMALL = 32  # tokens of a text in a lesson that trains the whole network
FEATURE_BATCH = 512  # texts, from which batches of like length are made
WINDOWED_BATCH = 64  # texts of up to eight windows or more


class TextInputs:
    """See `cases.classification.model_inputs.ModelInputs`."""

    network: TextNetwork
    reading: Reading  # known once the features are
    ensemble: Ensemble | None = None
    frozen: FrozenBlocks | None = None

    def __init__(self, context: TrainingContext, report: ProgressReporter) -> None:
        self.context = context
        self.weights = catalog.folder(context.settings.model, context.place.cache / "models", "text")
        self.tokeniser = tokenizer.load(self.weights)
        self.network = assemble(context.settings, self.weights, context.counts)
        self.texts = context.dataset.samples["text"].tolist()
        asked = long_texts.asked(context.settings)
        self.ids = self.tokeniser.windows(self.texts, max(2, asked))  # two tell which texts are long
        self.growth = feature_batches.growth(context.device, encoder.AT_ONCE, report)

    def features(self, report: ProgressReporter) -> ArrayCache:
        start, pooled = self._rows(1), self._rows(long_texts.asked(self.context.settings))
        batch = feature_batches.stretch(self.context.device, FEATURE_BATCH)
        start.fill(partial(self._of_start, report), batch, report, "features")
        if long_texts.decides(self.context, self.ids):
            self._pool(start, pooled, report)
        enough, most = self.network.enough, self.tokeniser.most
        self.reading = long_texts.choose(self.context, self.ids, most, start, pooled, enough, report)
        self.reading.tell(report)
        if self.reading.windows > 1:
            return self._pool(start, pooled, report)
        self.ids = [windows[:1] for windows in self.ids]
        return start

    def _rows(self, windows: int) -> ArrayCache:
        return feature_rows(self.context, self.network, self.weights, self.tokeniser, windows)

    def _pool(self, start: ArrayCache, pooled: ArrayCache, report: ProgressReporter) -> ArrayCache:
        """Fill `pooled` with the means over all windows; that of the first is there already."""
        pooled.fill(partial(self._means, start, report), WINDOWED_BATCH, report, "features")
        return pooled

    def _of_start(self, report: ProgressReporter, begin: int, stop: int) -> np.ndarray:
        return self._vectors([windows[0] for windows in self.ids[begin:stop]], report)

    def _means(self, start: ArrayCache, report: ProgressReporter, begin: int, stop: int) -> np.ndarray:
        some = self.ids[begin:stop]
        seen = self._vectors([one for several in some for one in several[1:]], report)
        first = np.cumsum([0, *(len(several) for several in some[:-1])])
        every = np.insert(seen, first - np.arange(len(first)), start.open()[begin:stop], axis=0)
        return windows.shares(some) @ every

    def _vectors(self, ids: Sequence[np.ndarray], report: ProgressReporter) -> np.ndarray:
        body, bf16 = self.network.body, self.context.bf16
        return encoder.vectors_of_tokens(body, self.tokeniser, ids, bf16=bf16, report=Checking(report),
                                         growth=self.growth)  # fmt: skip

    def class_names(self, report: ProgressReporter) -> np.ndarray | None:
        """See `cases.classification.model_inputs.NamedInputs`."""
        if not takes_names(vars(self.context.settings)):
            return None
        vectors = self._vectors(self.tokeniser.ids(list(self.context.dataset.classes)), report)
        return vectors - vectors.mean(0)

    @property
    def trained(self) -> dict[str, Any]:
        return self.reading.told()

    @cached_property
    def second(self) -> CountedWords:
        """Counted words know nothing of the encoder, so they seldom make the same mistakes."""
        return CountedWords(self.context, self.texts)

    def guesses(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        return {self.second.name: self.second.fit(self.context.rows["train"]).guesses(rows)}

    def batches(self, rows: np.ndarray) -> TextBatches:
        pooled = self.reading.windows > 1
        return TextBatches(self.tokeniser, self.ids, self.context.labels, rows, pooled=pooled, frozen=self.frozen)

    def keep_below(self, blocks: int, report: ProgressReporter) -> None:
        """See `cases.classification.model_inputs.FrozenInputs`."""
        ids, body = [windows[0] for windows in self.ids], self.network.body
        path = frozen_rows(self.context, self.network, self.weights, self.tokeniser)
        rows = sum(len(one) + 1 for one in ids)
        if self.reading.windows > 1 or not frozen_blocks.fits(path, rows, body.config.hidden_size):
            return
        if frozen_blocks.can_be_parted(body, blocks, self.tokeniser, ids):
            self.frozen = frozen_blocks.keep(path, body, blocks, self.tokeniser, ids, report)

    def small(self) -> ShortTexts:
        """See `cases.classification.model_inputs.SmallInputs`."""
        return ShortTexts(self.context, self.weights, self.tokeniser, self.ids)

    def given(self, rows: np.ndarray) -> list[str]:
        return [self.texts[row] for row in rows]

    def sizes(self, rows: np.ndarray) -> np.ndarray:
        return np.array([sum(map(len, self.ids[row])) for row in rows])

    def exported(self) -> TextExport:
        words, windows = word_member.exported(self.ensemble), self.reading.windows
        return TextExport(self.context, self.network, self.weights, self.tokeniser, self.ids, words, windows)


@dataclass(frozen=True)
class ShortTexts:
    """See `cases.classification.model_inputs.SmallItems`: the start of each of `ids`, as many tokens as are cheap."""

    context: TrainingContext
    weights: Path
    tokeniser: Tokeniser
    ids: Texts

    def network(self, settings: Any, counts: np.ndarray, *, pretrained: bool) -> TextNetwork:
        return assemble(settings, self.weights, counts, pretrained=pretrained).to(self.context.device)

    def batches(self, rows: np.ndarray) -> TextBatches:
        return TextBatches(self.tokeniser, self._start, self.context.labels, rows)

    @cached_property
    def _start(self) -> list[list[np.ndarray]]:
        return [[windows[0][:SMALL]] for windows in self.ids]


def build(settings: Settings, dataset: Dataset, place: WorkDirs, report: ProgressReporter) -> ClassifierTrainer:
    context = prepare(settings, dataset, place, report)
    return ClassifierTrainer(context, TextInputs(context, report), report)
