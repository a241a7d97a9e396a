"""Interactions for `benchmarks.on_gpu`: a hundred thousand of people who go from an item to one of the next few."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.on_gpu_material import Material, Stock, past_readers

RATES = {"full": 3e-3}
LAYERS, HEADS, DROPOUT = 2, 4, 0.1


def prepare(folder: Path, cache: Path, tiny: bool, size: str = "towers") -> Material:
    """`size`: the network, see `cases.recommendation.network.assemble`."""
    past_readers()
    from cases.recommendation import batches, network

    items, people, longest, batch, width = (200, 96, 10, 16, 64) if tiny else (20_000, 2000, 50, 64, 256)
    random = np.random.default_rng(0)
    each = [(random.integers(items) + random.integers(1, 4, longest + 1).cumsum()) % items for _ in range(people)]
    counts = np.bincount(np.concatenate(each), minlength=items)
    history = SimpleNamespace(items=items, people=people, of_each=each, counts=counts)
    settings = SimpleNamespace(width=width, text_only_dropout=0.0, dropout=DROPOUT, max_history=longest,
                               layers=LAYERS, heads=HEADS)  # fmt: skip
    some = each[: people // 4]
    had = [one[:-1] for one in some]
    wanted = np.array([one[-1:] for one in some])
    asked = SimpleNamespace(people=np.arange(len(some)), had=had, seen=had, wanted=wanted)

    def build() -> nn.Module:
        return network.assemble(settings, size, None, history, min_users=5, ordered=True)

    def stock() -> Stock:
        model = NextItem(items, width, longest, attending=size == "attention")
        return Stock(model, model, [torch.from_numpy(one) for one in each], _together)

    training = batches.Windows(history, longest, ordered=True)
    validation = batches.Questions(asked, items, longest)
    return Material("random, as always", build, training, validation, batch, stock, bf16=False,
                    counted=batch, rates=RATES)  # fmt: skip


class NextItem(nn.Module):
    """As tutorials write it: a table of items, torch's own encoder or the mean of what came before, and the
    cross-entropy of the next item among all."""

    def __init__(self, items: int, width: int, longest: int, *, attending: bool) -> None:
        super().__init__()
        self.items, self.places = nn.Embedding(items, width), nn.Embedding(longest, width)
        layer = nn.TransformerEncoderLayer(width, HEADS, 4 * width, DROPOUT, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, LAYERS) if attending else None

    def forward(self, history: Tensor, labels: Tensor) -> dict[str, Tensor]:
        states, count = self.items(history), history.shape[1]
        if self.encoder is None:
            seen = torch.arange(1, count + 1, device=states.device)[:, None]
            states = states.cumsum(1) / seen
        else:
            mask = nn.Transformer.generate_square_subsequent_mask(count, device=states.device)
            states = self.encoder(states + self.places.weight[:count], mask=mask, is_causal=True)
        scores = states @ self.items.weight.T
        return {"loss": functional.cross_entropy(scores.flatten(0, 1), labels.flatten())}


def _together(items: Sequence[Tensor]) -> dict[str, Any]:
    whole = torch.stack(list(items))
    return {"history": whole[:, :-1], "labels": whole[:, 1:]}
