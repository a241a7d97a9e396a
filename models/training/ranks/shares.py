"""Each process's part of every batch; together they are the batch of a single process, and so is their loss."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

COUNTED = "counted"  # of a part, whether its items are of the batch


class Shares(torch.utils.data.Dataset):
    """Of every batch of `items` every `size`-th item, from the one with the number `rank` on.

    Where a batch has fewer items than there are processes, those that are left over compute its first one, which does
    not count.
    """

    def __init__(self, items: torch.utils.data.Dataset, rank: int, size: int) -> None:
        self.items, self.rank, self.size = items, rank, size

    def __len__(self) -> int:
        return len(self.items)

    def set_epoch(self, epoch: int) -> None:
        """See `models.training.batches.Ordered`; other data sets have no order of their own."""
        if hasattr(self.items, "set_epoch"):
            self.items.set_epoch(epoch)

    def __getitems__(self, picks: list[int]) -> dict[str, Any]:
        mine = picks[self.rank :: self.size]
        return {**self.items.__getitems__(mine or picks[:1]), COUNTED: float(bool(mine))}


def weight(network: nn.Module, labels: Tensor) -> float:
    """How much the mean loss of these labels counts beside that of others; as a network says, else the items."""
    known = getattr(network, "loss_weight", None)
    return float(known(labels)) if known else float(len(labels))
