"""Texts and their network as they leave: the body in transformers' layout, the ONNX file from tokens on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cases.text_analysis import model_card, ngrams, predict
from cases.text_analysis.network import TextNetwork
from cases.text_analysis.ngrams import WordModel
from cases.text_analysis.word_member import JointNetwork
from cases.training import bundle
from cases.training.context import TrainingContext
from models.onnx.export import Axes
from models.text import languages
from models.text.tokenizer import Tokeniser
from models.text.windows import Texts


@dataclass(frozen=True, eq=False)
class TextExport:
    """See `cases.classification.export.Exported`; `ids`: row → its windows, at most so many, as tokens; `words`: what
    answers together with it."""

    context: TrainingContext
    text_network: TextNetwork
    weights: Path
    tokeniser: Tokeniser
    ids: Texts | Mapping[int, Sequence[np.ndarray]]
    words: WordModel | None = None
    windows: int = 1

    script, modules = Path(predict.__file__), MappingProxyType({"ngrams.py": Path(ngrams.__file__)})
    shares_weights, items = True, "texts"

    @property
    def network(self) -> nn.Module:
        return JointNetwork(self.text_network, self.words) if self.words else self.text_network

    @property
    def axes(self) -> Axes:
        first = "windows" if self.windows > 1 else "n"
        given = {name: {0: first, 1: "tokens"} for name in ("input_ids", "attention_mask")}
        if self.windows > 1:
            given["window_weights"] = {0: "n", 1: "windows"}
        counted = ("word_ids", "word_counts") if self.words else ()
        return {**given, **{name: {0: "n", 1: "words"} for name in counted}}

    @property
    def preprocessing(self) -> dict[str, Any]:
        """How the script makes tokens of a text, and the languages of those that were learnt from."""
        texts = self.context.dataset.samples["text"].iloc[self.context.rows["train"]].tolist()
        tokens = {"prefix": self.tokeniser.prefix, "most": self.tokeniser.most, "pad": self.tokeniser.pad}
        windows = {"windows": self.tokeniser.cutting(self.windows).stated()} if self.windows > 1 else {}
        return {**tokens, **windows, "languages": languages.usual(texts)}

    @property
    def use(self) -> Mapping[str, str]:
        return model_card.use(self.tokeniser.most, self.windows)

    def write_body(self, folder: Path) -> None:
        """What stayed as it was are the pretrained model's own files: half a gigabyte that many runs can share."""
        cache = self.context.place.cache
        if self.context.settings.mode == "head":
            bundle.share_body(folder, self.weights, cache)
        else:
            self.text_network.body.save_pretrained(folder)
            bundle.share_tokenizer(folder, self.weights, cache)
        if self.words:
            ngrams.save(self.words, folder.parent)

    def example(self, rows: np.ndarray) -> dict[str, Tensor]:
        row = int(rows[0])
        ids, text = self.ids[row][0], self._text(row)
        several = [[ids, ids[:-1]], [ids]] if self.windows > 1 else [[ids], [ids[:-1]]]
        batch = {**self._tokens(several), **self._counted([f"{text} {text}", text])}
        return {name: torch.from_numpy(array) for name, array in batch.items()}

    def batch(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        tokens = self._tokens([self.ids[row] for row in rows])
        return {**tokens, **self._counted([self._text(row) for row in rows])}

    def _tokens(self, several: Texts) -> dict[str, np.ndarray]:
        return self.tokeniser.batch(several, pooled=self.windows > 1)

    def _counted(self, texts: Sequence[str]) -> dict[str, np.ndarray]:
        return ngrams.inputs(self.words.vocabulary, texts) if self.words else {}

    def _text(self, row: int) -> str:
        return str(self.context.dataset.samples["text"].iloc[row])
