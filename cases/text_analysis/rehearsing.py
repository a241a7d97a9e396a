"""A few texts before a network that is not trained yet."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from cases import rehearsing
from cases.base import Place
from cases.dataset import Dataset
from cases.ground import Ground
from cases.rehearsing import Asking, spread, usual
from cases.text_analysis import bundle, portable, predict
from cases.text_analysis.network import assemble, feature_rows
from cases.text_analysis.settings import Settings
from models import catalog, lora, rehearsal, sentences, tokenising
from models.report import QUIET, Report
from models.texts import TextBatches
from models.word_counts import MOST_TEXTS, WordCounts

COUNTED = 2000  # texts whose tokens are counted
FEW = 64  # texts, in which short and long ones meet as in the data
COMPARED = 500  # texts that words are counted in


class TextTrial:
    """See `cases.rehearsing.Trial`."""

    most = 8

    def __init__(self, ground: Ground, weights: Path) -> None:
        self.ground, self.weights = ground, weights
        self.tokeniser = tokenising.load(weights)
        self.network = assemble(ground.settings, weights, ground.counts)
        self.width = sentences.width(self.network.body)
        self.texts = ground.dataset.samples["text"]
        self.drawn = np.random.default_rng(ground.settings.seed).permutation(ground.rows["train"])

    @cached_property
    def sizes(self) -> np.ndarray:
        """(texts,) tokens of some of the training part, as the network reads them."""
        return np.array([len(ids) for ids in self._ids(self.drawn[:COUNTED])])

    def described(self) -> dict[str, Any]:
        blocks = lora.sizes(self.network.body, sentences.block_names(self.network.body))
        words = self.network.body.get_input_embeddings().weight.numel()
        return {"size": self.tokeniser.most, "width": self.width, "blocks": blocks, "fixed": words}

    def views(self) -> list[list[str]]:
        """None: training sees the texts as they are."""
        return []

    def features_are_kept(self) -> bool:
        return feature_rows(self.ground, self.network, self.weights, self.tokeniser).complete()

    def look(self) -> float:
        body, bf16 = self.network.body, self.ground.bf16
        texts = self._texts(self.drawn[spread(self.sizes, FEW)])
        see = lambda: sentences.vectors(body, self.tokeniser, texts, bf16=bf16, report=QUIET)  # noqa: E731
        return rehearsal.seconds_each(see, len(texts))

    def filled(self) -> float:
        seen, every = self.sizes[spread(self.sizes, FEW)].sum(), self.sizes.mean() * len(self.texts)
        return min(1.0, seen / min(sentences.AT_ONCE, every))

    def make_ready(self) -> float:
        texts = self._texts(self.drawn[spread(self.sizes, FEW)])
        return rehearsal.seconds_each(lambda: self.tokeniser.ids(texts), len(texts))

    def compare(self) -> float:
        """Seconds to count words, in as many texts as are learnt from."""
        some, labels = self.drawn[:COMPARED], self.ground.labels
        fit = lambda: WordCounts(self._texts(some), labels[some])  # noqa: E731
        return rehearsal.seconds(fit) * min(len(self.drawn), MOST_TEXTS) / len(some)

    def batches(self, count: int) -> TextBatches:
        return self._batches(usual(self.sizes, count), count)

    def largest(self, count: int) -> TextBatches:
        return self._batches(np.argsort(-self.sizes, kind="stable")[:count], count)

    def sample_mb(self) -> float:
        return 4 * float(self.sizes.mean()) / 2**20

    def asking(self, count: int) -> Asking:
        rows = self.ground.rows["test"][:COUNTED]
        ids = self._ids(rows)
        places = usual(np.array([len(one) for one in ids]), count)
        self.ids = {int(rows[place]): ids[place] for place in places}
        batch = self.tokeniser.padded([ids[place] for place in places])
        return Asking(portable.Portable(self.network), rows[places], batch)

    def pack(self, folder: Path, asked: Asking, evaluated: np.ndarray) -> None:
        bundle.write(folder, self, asked.rows, evaluated, QUIET)
        predict.predict(predict.load(folder), self._texts(asked.rows))

    @property
    def preprocessing(self) -> dict[str, Any]:
        return bundle.preprocessing(self.tokeniser)

    def _texts(self, rows: np.ndarray) -> list[str]:
        return self.texts.iloc[rows].tolist()

    def _ids(self, rows: np.ndarray) -> list[np.ndarray]:
        return self.tokeniser.ids(self._texts(rows))

    def _batches(self, places: np.ndarray, count: int) -> TextBatches:
        rows = self.drawn[places]
        places = np.resize(np.arange(len(rows)), count)
        return TextBatches(self.tokeniser, self._ids(rows), self.ground.labels[rows], places)


def rehearse(settings: Settings, dataset: Dataset, place: Place, report: Report) -> dict[str, Any]:
    """`cut`: the share of the texts of which this model reads the beginning only, by its own tokens."""
    weights = catalog.folder(settings.model, place.cache / "models", "text")
    found = rehearsing.rehearse(settings, dataset, place, lambda ground: TextTrial(ground, weights), report)
    tokeniser = tokenising.load(weights)
    texts = dataset.samples["text"]
    some = texts.sample(min(COUNTED, len(texts)), random_state=0).tolist()
    return {**found, "cut": float((np.array(tokeniser.lengths(some)) > tokeniser.most).mean())}
