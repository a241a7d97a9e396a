"""A few texts before a network that is not trained yet."""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from cases.base import WorkDirs
from cases.classification import profile
from cases.classification.export import Portable
from cases.classification.profile import spread, usual
from cases.classification.profile_inputs import Asking
from cases.dataset import Dataset
from cases.text_analysis import long_texts, predict
from cases.text_analysis.batches import TextBatches
from cases.text_analysis.export import TextExport
from cases.text_analysis.network import assemble, feature_rows, frozen_rows
from cases.text_analysis.settings import Settings
from cases.text_analysis.tfidf import MOST_TEXTS, WordCounts
from cases.text_analysis.trainer import FEATURE_BATCH
from cases.training.context import TrainingContext
from models.pretrained import catalog
from models.progress import QUIET, ProgressReporter
from models.storage.array_cache import ArrayCache
from models.text import encoder, frozen_blocks, tokenizer
from models.training import lora, step_costs
from models.training.length_bucketing import computed_each

COUNTED = 2000  # texts whose tokens are counted
FEW = 64  # texts, in which short and long ones meet as in the data
COMPARED = 500  # texts that words are counted in


class TextProfileInputs:
    """See `cases.classification.profile_inputs.ProfileInputs`."""

    most = 8

    def __init__(self, context: TrainingContext, weights: Path) -> None:
        self.context, self.weights = context, weights
        self.tokeniser = tokenizer.load(weights)
        self.network = assemble(context.settings, weights, context.counts)
        self.width = encoder.width(self.network.body)
        self.texts = context.dataset.samples["text"]
        self.drawn = np.random.default_rng(context.settings.seed).permutation(context.rows["train"])
        self.windows = long_texts.asked(context.settings)
        longer = float(np.mean([len(windows) > 1 for windows in self._ids(self.drawn[:COUNTED])])) * len(self.drawn)
        self.windows = long_texts.expected(context, longer, self._kept(1))

    @cached_property
    def sizes(self) -> np.ndarray:
        """(texts,) tokens of some of the training part, as the network reads them."""
        return np.array([sum(map(len, windows)) for windows in self._ids(self.drawn[:COUNTED])])

    def described(self) -> dict[str, Any]:
        blocks = lora.sizes(self.network.body, encoder.block_names(self.network.body))
        words = self.network.body.get_input_embeddings().weight.numel()
        return {"size": self.tokeniser.most, "width": self.width, "blocks": blocks, "fixed": words}

    def views(self) -> list[list[str]]:
        """None: training sees the texts as they are."""
        return []

    def features_are_kept(self) -> bool:
        return all(self._kept(windows).complete() for windows in {1, self.windows})

    def _kept(self, windows: int) -> ArrayCache:
        return feature_rows(self.context, self.network, self.weights, self.tokeniser, windows)

    def below(self) -> float:
        if not self._blocks_above or self._below().exists():
            return 0.0
        ids = [windows[0] for windows in self._ids(self.drawn[spread(self.sizes, FEW)])]
        see = partial(frozen_blocks.of_few, self.network.body, self._blocks_above, self.tokeniser, ids)
        return step_costs.seconds_each(see, len(ids)) * self._filled_less()

    def above(self) -> float:
        blocks = self._blocks_above
        return blocks / encoder.depth(self.network.body) if blocks else 1.0

    def _below(self) -> Path:
        return frozen_rows(self.context, self.network, self.weights, self.tokeniser)

    @cached_property
    def _blocks_above(self) -> int:
        """So many blocks learn while what lies below them is kept; 0 where it is not."""
        settings, body = self.context.settings, self.network.body
        if settings.mode != "last_blocks" or self.windows > 1:
            return 0
        few = [windows[0] for windows in self._ids(self.drawn[: frozen_blocks.CHECKED])]
        rows = (float(self.sizes.mean()) + 1) * len(self.texts)
        if not frozen_blocks.fits(self._below(), rows, body.config.hidden_size):
            return 0
        return settings.blocks if frozen_blocks.can_be_parted(body, settings.blocks, self.tokeniser, few) else 0

    def look(self) -> float:
        body, bf16 = self.network.body, self.context.bf16
        texts = self._ids(self.drawn[spread(self.sizes, FEW)])
        ids = [window for windows in texts for window in windows]
        see = lambda: encoder.vectors_of_tokens(body, self.tokeniser, ids, bf16=bf16, report=QUIET)  # noqa: E731
        return step_costs.seconds_each(see, len(texts)) * self._filled_less()

    def _filled_less(self) -> float:
        """What a text of the run takes of one here: among more texts, those of a batch are closer in length."""
        here = computed_each(self.sizes[spread(self.sizes, FEW)], encoder.AT_ONCE, FEW)
        return computed_each(self.sizes, encoder.AT_ONCE, FEATURE_BATCH) / here

    def filled(self) -> float:
        seen, every = self.sizes[spread(self.sizes, FEW)].sum(), self.sizes.mean() * len(self.texts)
        return min(1.0, seen / min(encoder.AT_ONCE, every))

    def make_ready(self) -> float:
        texts = self._texts(self.drawn[spread(self.sizes, FEW)])
        return step_costs.seconds_each(lambda: self.tokeniser.windows(texts, self.windows), len(texts))

    def compare(self) -> float:
        """Seconds to count words, in as many texts as are learnt from."""
        some, labels = self.drawn[:COMPARED], self.context.labels
        fit = lambda: WordCounts(self._texts(some), labels[some])  # noqa: E731
        return step_costs.seconds(fit) * min(len(self.drawn), MOST_TEXTS) / len(some)

    def judge(self) -> float:
        return self.compare()  # as many words are counted

    def batches(self, count: int) -> TextBatches:
        return self._batches(usual(self.sizes, count), count)

    def largest(self, count: int) -> TextBatches:
        return self._batches(np.argsort(-self.sizes, kind="stable")[:count], count)

    def sample_mb(self) -> float:
        return 4 * float(self.sizes.mean()) / 2**20

    def asking(self, count: int) -> Asking:
        rows = self.context.rows["test"][:COUNTED]
        ids = self._ids(rows)
        places = usual(np.array([sum(map(len, windows)) for windows in ids]), count)
        self.ids = {int(rows[place]): ids[place] for place in places}
        return Asking(Portable(self.network), rows[places], self.exported().batch(rows[places]))

    def by_script(self, folder: Path, asked: Asking) -> float:
        model, texts = predict.load(folder), self._texts(asked.rows)
        return step_costs.seconds_each(lambda: predict.predict(model, texts), len(texts))

    def exported(self) -> TextExport:
        """With the texts of `asking` alone."""
        return TextExport(self.context, self.network, self.weights, self.tokeniser, self.ids, windows=self.windows)

    def _texts(self, rows: np.ndarray) -> list[str]:
        return self.texts.iloc[rows].tolist()

    def _ids(self, rows: np.ndarray) -> list[list[np.ndarray]]:
        return self.tokeniser.windows(self._texts(rows), self.windows)

    def _batches(self, places: np.ndarray, count: int) -> TextBatches:
        rows = self.drawn[places]
        places = np.resize(np.arange(len(rows)), count)
        labels, ids, frozen = self.context.labels[rows], self._ids(rows), None
        if self._blocks_above:
            starts = [windows[0] for windows in ids]
            frozen = frozen_blocks.of_few(self.network.body, self._blocks_above, self.tokeniser, starts)
        return TextBatches(self.tokeniser, ids, labels, places, pooled=self.windows > 1, frozen=frozen)


def measure(settings: Settings, dataset: Dataset, place: WorkDirs, report: ProgressReporter) -> dict[str, Any]:
    """`cut`: the share of the texts that are longer than this model reads, by its own tokens; `windows`: so many of
    each are read, as the estimate has it."""
    weights = catalog.folder(settings.model, place.cache / "models", "text")
    trials: list[TextProfileInputs] = []

    def begin(context: TrainingContext) -> TextProfileInputs:
        trials.append(TextProfileInputs(context, weights))
        return trials[-1]

    found = profile.measure(settings, dataset, place, begin, report)
    tokeniser = tokenizer.load(weights)
    texts = dataset.samples["text"]
    some = texts.sample(min(COUNTED, len(texts)), random_state=0).tolist()
    cut = float((np.array(tokeniser.lengths(some)) > tokeniser.most).mean())
    return {**found, "cut": cut, "windows": trials[-1].windows}
