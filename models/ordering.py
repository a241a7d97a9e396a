"""Batches of like length: less is computed on what only fills them up."""

from __future__ import annotations

import numpy as np
import torch

POOL = 32  # batches; so many items at random are sorted at once


def order(lengths: np.ndarray, batch: int, *, seed: int, epoch: int) -> np.ndarray:
    """All items once, chance drawn anew for each epoch: every `batch` in a row are of like length."""
    random = np.random.default_rng((seed, epoch))
    items = random.permutation(len(lengths))
    pools = np.split(items, range(batch * POOL, len(items), batch * POOL))
    items = np.concatenate([pool[np.argsort(lengths[pool], kind="stable")] for pool in pools])
    whole = len(items) // batch * batch
    return np.concatenate([random.permutation(items[:whole].reshape(-1, batch)).ravel(), items[whole:]])


class Ordered(torch.utils.data.Dataset):
    """`items` in the order of the epoch that was set last; loaders set it.

    The order comes from seed and epoch alone, so that whoever goes on in the middle of an epoch finds it again.
    """

    def __init__(self, items: torch.utils.data.Dataset, batch: int, seed: int) -> None:
        self.items, self.batch, self.seed = items, batch, seed
        self.set_epoch(0)

    def __len__(self) -> int:
        return len(self.items)

    def set_epoch(self, epoch: int) -> None:
        self.order = order(self.items.lengths, self.batch, seed=self.seed, epoch=epoch)

    def __getitems__(self, picks: list[int]) -> dict[str, torch.Tensor]:
        return self.items.__getitems__(self.order[picks].tolist())
