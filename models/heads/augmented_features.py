"""Features of randomly varied views of items, beside those of the plain items: what a head alone may learn from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class AugmentedFeatures:
    """`plain`: (samples, width); `views`: (varied, count, width), those of the samples `rows` (varied,), ascending."""

    plain: np.ndarray
    views: np.ndarray
    rows: np.ndarray

    @property
    def count(self) -> int:
        """Views of each sample."""
        return self.views.shape[1]

    def beside(self, rows: np.ndarray) -> np.ndarray:
        """(rows, count, width) the views of these samples."""
        return self.views[np.searchsorted(self.rows, rows)]


class AlternatingViews(torch.utils.data.Dataset):
    """Rows `rows` of the samples, in each epoch either plain or as one of their views, with their labels.

    Every epoch has some of each, and so many updates as plain items take. The order comes from seed and epoch alone,
    and which of them it is from row and epoch, so that whoever goes on in the middle of an epoch finds both again;
    loaders set no epoch of a data set whose items they themselves shuffle, once they go on.
    """

    def __init__(self, features: AugmentedFeatures, labels: np.ndarray, rows: np.ndarray, seed: int) -> None:
        self.features, self.labels, self.rows, self.seed = features, labels, rows, seed
        self.set_epoch(0)

    def __len__(self) -> int:
        return len(self.rows)

    def set_epoch(self, epoch: int) -> None:
        """Loaders call it before each epoch."""
        self.epoch = epoch
        self.order = np.random.default_rng((self.seed, epoch)).permutation(len(self.rows))

    def __getitems__(self, picks: list[int]) -> dict[str, Tensor]:
        rows = self.rows[self.order[picks]]
        turn = (rows + self.epoch) % (self.features.count + 1)
        taken = np.array(self.features.plain[rows])
        varied = turn > 0
        taken[varied] = self.features.beside(rows[varied])[np.arange(varied.sum()), turn[varied] - 1]
        return {"features": torch.from_numpy(taken), "labels": torch.from_numpy(self.labels[rows])}


def stacked(features: Tensor, views: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Items (n, width) and their views (n, count, width) as one: (n * (count + 1), width), and the label of each."""
    together = torch.cat([features[:, None], views], 1)
    return together.flatten(0, 1), labels.repeat_interleave(together.shape[1])


@contextmanager
def drawn_for(row: int, view: int) -> Iterator[None]:
    """While this lasts, chance on the processor is that of one view of one sample, whenever and wherever it is drawn;
    afterwards it goes on as before."""
    seed = int(np.random.SeedSequence((row, view)).generate_state(1, np.uint64)[0] >> 1)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield
