"""Texts for `benchmarks.on_gpu`: 64 tokens or fewer, drawn by chance, a tenth of them from those of the class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.on_gpu_material import CLASSES, Material, Stock, accuracy, divided, found, labels, past_readers
from benchmarks.on_gpu_stock import Classifier
from models.heads.head import Head
from models.text.tokenizer import Tokeniser
from models.training.losses import Loss

KNOWN = ("multilingual-e5-small", "all-MiniLM-L6-v2")
SIZES = {"": (768, 12), "300M": (1024, 24)}  # width and layers: BERT base and large
TINY = (64, 2)
FIRST, OWN = 10, 50  # tokens before it are marks; so many are those of a class


def prepare(folder: Path, cache: Path, tiny: bool, size: str = "") -> Material:
    past_readers()
    from cases.text_analysis.batches import TextBatches
    from cases.text_analysis.network import TextNetwork
    from models.text import encoder

    weights = None if size else found(cache, *KNOWN)

    def body() -> nn.Module:
        return encoder.load_body(weights[0]) if weights else _bert(*(TINY if tiny else SIZES[size]))

    def build() -> nn.Module:
        pretrained = body()
        head = Head(encoder.width(pretrained), CLASSES, hidden=0, activation="relu", dropout=0.1)
        return TextNetwork(pretrained, head, Loss("cross_entropy", np.ones(CLASSES)))

    items, batch, longest = (32, 8, 32) if tiny else (4096, 64, 64)
    ids, known = _drawn(items, body().config.vocab_size, longest), labels(items)
    tokeniser = Tokeniser(None, "", 0)  # nothing is written: only its way to fill a batch is needed

    def of(rows: np.ndarray) -> TextBatches:
        return TextBatches(tokeniser, [[one] for one in ids], known, rows)

    learnt, held = divided(items)

    def stock() -> Stock:
        pretrained = Meaning(body())
        pretrained.encoder.get_input_embeddings().requires_grad_(False)
        chosen = [{"ids": torch.from_numpy(ids[row]).long(), "labels": int(known[row])} for row in learnt]
        return Stock(Classifier(pretrained, pretrained.width), pretrained, chosen, _together)

    name = weights[1] if weights else f"random BERT {size}".strip()
    return Material(name, build, of(learnt), of(held), batch, stock, of, accuracy)


def _bert(width: int, layers: int) -> nn.Module:
    from transformers import BertConfig, BertModel

    config = BertConfig(vocab_size=30_000, hidden_size=width, num_hidden_layers=layers,
                        num_attention_heads=max(2, width // 64), intermediate_size=4 * width)  # fmt: skip
    return BertModel(config, add_pooling_layer=False)


def _drawn(items: int, words: int, longest: int) -> list[np.ndarray]:
    """int32 (tokens,) each, at least three quarters of the longest."""
    random, ids = np.random.default_rng(0), []
    for label in labels(items):
        tokens = random.integers(FIRST, words, random.integers(3 * longest // 4, longest + 1))
        chosen = random.random(len(tokens)) < 0.1
        tokens[chosen] = FIRST + label * OWN + random.integers(0, OWN, chosen.sum())
        ids.append(tokens.astype(np.int32))
    return ids


class Meaning(nn.Module):
    """input_ids and attention_mask → the mean over the text (batch, width), as sentence encoders are commonly used."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder, self.width = encoder, encoder.config.hidden_size

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weights = attention_mask.unsqueeze(-1)
        return (states * weights).sum(1) / weights.sum(1)


def _together(items: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    """Filled to the longest of the batch, as `DataCollatorWithPadding` does it."""
    ids = nn.utils.rnn.pad_sequence([item["ids"] for item in items], batch_first=True)
    lengths = torch.tensor([len(item["ids"]) for item in items])
    mask = (torch.arange(ids.shape[1]) < lengths[:, None]).long()
    return {"input_ids": ids, "attention_mask": mask, "labels": torch.tensor([item["labels"] for item in items])}
