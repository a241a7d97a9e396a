"""A few items whose predictions are watched while a network learns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from models.evaluation.rounded_shares import rounded
from models.memory import Fitting
from models.progress import QUIET
from models.training.batches import Batches

MOST = 8
TOLD = 3  # classes named of each item, the likeliest first


def choose(
    pinned: Sequence[int], usable: Sequence[int], validation: np.ndarray, labels: np.ndarray, seed: int
) -> np.ndarray:
    """At most `MOST` rows: first those a person pinned, as far as they are usable, then some of the validation part.

    The latter are spread over the classes: a second item of a class comes only after the first of every other.
    """
    known = set(usable)
    wanted = [row for row in dict.fromkeys(pinned) if row in known][:MOST]
    rows = np.random.default_rng(seed).permutation(validation)
    turn = pd.Series(rows).groupby(labels[rows]).cumcount().to_numpy()
    spread = rows[np.argsort(turn, kind="stable")]
    filling = spread[~np.isin(spread, wanted)][: MOST - len(wanted)]
    return np.array([*wanted, *filling[np.argsort(labels[filling], kind="stable")]], dtype=int)


@dataclass(frozen=True)
class MonitoredSamples:
    """What a network says of `items`; `parts` tells of each in which part of the data it is."""

    items: Batches
    classes: Sequence[str]
    parts: Sequence[str]

    def __call__(self, network: nn.Module) -> dict[str, Any]:
        """Of each item its row, part and label, the likeliest classes with their shares, and the label's own share."""
        shares = self._shares(network)
        best = np.argsort(-shares, axis=1, kind="stable")[:, :TOLD]
        told = []
        for number, (row, part) in enumerate(zip(self.items.rows.tolist(), self.parts, strict=True)):
            label = int(self.items.labels[row])
            parts = rounded(shares[number])
            top = [[self.classes[c], parts[c]] for c in best[number]]
            told.append({"row": row, "part": part, "label": self.classes[label], "top": top, "right": parts[label]})
        return {"items": told}

    def _shares(self, network: nn.Module) -> np.ndarray:
        """(items, classes)"""
        device = next(network.parameters()).device

        def of(start: int, stop: int) -> np.ndarray:
            batch = self.items.__getitems__(list(range(start, stop)))
            logits: Tensor = network(**{name: values.to(device) for name, values in batch.items()})["logits"]
            return logits.double().softmax(1).nan_to_num().cpu().numpy()  # JSON knows no NaN

        with undisturbed(network), torch.no_grad():
            return np.concatenate(Fitting(QUIET)(of, 0, len(self.items)))


@contextmanager
def undisturbed(network: nn.Module) -> Iterator[None]:
    """Evaluation mode; afterwards every module's mode and the random state are what they were."""
    modes = [(module, module.training) for module in network.modules()]
    with torch.random.fork_rng():
        try:
            network.eval()
            yield
        finally:
            for module, training in modes:
                module.training = training
