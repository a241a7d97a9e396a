"""Contrastive losses of several processes: each compares the examples of all, as a single process does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from models.training.losses import Loss, supervised_contrast
from models.training.ranks.group import Ranks


@contextmanager
def of_all(network: nn.Module, ranks: Ranks, factor: float) -> Iterator[None]:
    """While this lasts the losses in `network` compare what all processes have of a batch.

    `factor`: what the loss of this process is multiplied by before the mean over the processes is taken; 0 where it has
    nothing of the batch.
    """
    found = [one for one in network.modules() if isinstance(one, Loss) and one.contrast]
    for one in found:
        one.compare = _Comparison(ranks, factor)
    try:
        yield
    finally:
        for one in found:
            one.compare = supervised_contrast


class _Comparison:
    """The value is that of the whole batch in every process; its gradient comes through the features of this one alone
    and is so large that the mean over the processes is that of a single process."""

    def __init__(self, ranks: Ranks, factor: float) -> None:
        self.ranks, self.factor = ranks, factor

    def __call__(self, features: Tensor, labels: Tensor) -> Tensor:
        mine = torch.cat([features.float(), labels[:, None].float()], 1)  # so that one exchange does for both
        parts = self.ranks.rows(mine.detach()[: len(mine) if self.factor else 0])
        if self.factor:
            parts[self.ranks.rank] = mine
        whole = torch.cat(parts)
        told = supervised_contrast(whole[:, :-1], whole[:, -1].long())
        larger = self.ranks.size / self.factor - 1 if self.factor else 0.0
        return told + larger * (told - told.detach())
