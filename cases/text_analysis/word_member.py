"""Counted words as a second model, which may answer together with the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from cases.classification.ensemble import Ensemble
from cases.text_analysis import ngrams
from cases.text_analysis.ngrams import WordModel
from cases.text_analysis.settings import WORDS_TOLD, Settings
from cases.text_analysis.tfidf import WordCounts
from cases.training.context import TrainingContext


class CountedWords:
    """See `cases.classification.ensemble.SecondModel`."""

    name, messages = "word_counts", WORDS_TOLD

    def __init__(self, context: TrainingContext, texts: Sequence[str]) -> None:
        settings: Settings = context.settings
        self.way, self.context, self.texts = settings.words, context, texts

    def fit(self, rows: np.ndarray) -> FittedWords:
        return self._of_training if np.array_equal(rows, self.context.rows["train"]) else self._fitted(rows)

    @cached_property
    def _of_training(self) -> FittedWords:
        return self._fitted(self.context.rows["train"])

    def _fitted(self, rows: np.ndarray) -> FittedWords:
        counts = WordCounts([self.texts[row] for row in rows], self.context.labels[rows])
        return FittedWords(counts, self.texts, len(self.context.dataset.classes))


@dataclass(frozen=True, eq=False)
class FittedWords:
    """See `cases.classification.ensemble.Member`."""

    counts: WordCounts
    texts: Sequence[str]
    classes: int

    def probabilities(self, rows: np.ndarray) -> np.ndarray:
        return self.counts.probabilities([self.texts[row] for row in rows], self.classes)

    def guesses(self, rows: np.ndarray) -> np.ndarray:
        """(rows,) the number of the class that it names for each."""
        return self.counts.guesses([self.texts[row] for row in rows])


def exported(ensemble: Ensemble | None) -> WordModel | None:
    """The words of an ensemble as they leave; None where the network answers alone."""
    if ensemble is None or not isinstance(ensemble.member, FittedWords):
        return None
    return ensemble.member.counts.exported(ensemble.member.classes, ensemble.factor)


class JointNetwork(nn.Module):
    """What the network takes, and word_ids and word_counts, both (batch, words) → {"logits" (batch, classes)}."""

    def __init__(self, network: nn.Module, words: WordModel) -> None:
        super().__init__()
        self.network, self.factor = network, words.factor
        for name in ("idf", "weight", "bias"):
            self.register_buffer(name, torch.from_numpy(getattr(words, name)))

    @property
    def head(self) -> nn.Module:
        return self.network.head

    def forward(self, *given: Tensor) -> dict[str, Tensor]:
        *own, ids, counts = given
        scores = self.network(*own)["logits"].log_softmax(1)
        beside = self.log_probabilities(ids, counts).clamp(min=float(np.log(ngrams.LEAST)))
        return {"logits": self.factor / 2 * (scores + beside)}

    def log_probabilities(self, ids: Tensor, counts: Tensor) -> Tensor:
        """As `WordModel` gives them; a count of 0 fills a row and counts nothing."""
        values = (1 + counts.clamp(min=1).log()) * counts.clamp(max=1) * self.idf[ids]
        values = values / (values * values).sum(1, keepdim=True).sqrt().clamp(min=1e-12)
        votes = nn.functional.embedding(ids, self.weight) * values.unsqueeze(-1)
        return (votes.sum(1) + self.bias).log_softmax(1)
