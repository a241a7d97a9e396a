"""Texts and their network as they leave: the body in transformers' layout, the ONNX file from tokens on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cases.text_analysis import model_card, predict
from cases.text_analysis.network import TextNetwork
from cases.training import bundle
from cases.training.context import TrainingContext
from models.text import languages
from models.text.tokenizer import Tokeniser


@dataclass(frozen=True, eq=False)
class TextExport:
    """See `cases.classification.export.Exported`; `ids`: row → tokens."""

    context: TrainingContext
    network: TextNetwork
    weights: Path
    tokeniser: Tokeniser
    ids: Sequence[np.ndarray] | Mapping[int, np.ndarray]

    script, modules = Path(predict.__file__), MappingProxyType[str, Path]({})
    shares_weights, items = True, "texts"
    axes = MappingProxyType({name: {0: "n", 1: "tokens"} for name in ("input_ids", "attention_mask")})

    @property
    def preprocessing(self) -> dict[str, Any]:
        """How the script makes tokens of a text, and the languages of those that were learnt from."""
        texts = self.context.dataset.samples["text"].iloc[self.context.rows["train"]].tolist()
        tokens = {"prefix": self.tokeniser.prefix, "most": self.tokeniser.most, "pad": self.tokeniser.pad}
        return {**tokens, "languages": languages.usual(texts)}

    @property
    def use(self) -> Mapping[str, str]:
        return model_card.use(self.tokeniser.most)

    def write_body(self, folder: Path) -> None:
        """What stayed as it was are the pretrained model's own files: half a gigabyte that many runs can share."""
        cache = self.context.place.cache
        if self.context.settings.mode == "head":
            bundle.share_body(folder, self.weights, cache)
        else:
            self.network.body.save_pretrained(folder)
            bundle.share_tokenizer(folder, self.weights, cache)

    def example(self, rows: np.ndarray) -> dict[str, Tensor]:
        ids = self.ids[rows[0]]
        batch = self.tokeniser.padded([ids, ids[:-1]])
        return {name: torch.from_numpy(array) for name, array in batch.items()}

    def batch(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        return self.tokeniser.padded([self.ids[row] for row in rows])
