"""Data sets that hand out whole batches."""

from __future__ import annotations

import numpy as np
import torch

from models.training.length_bucketing import training_order


class Batches(torch.utils.data.Dataset):
    """Rows `rows` of `inputs` under the name `name`, with their labels."""

    def __init__(self, name: str, inputs: np.ndarray, labels: np.ndarray, rows: np.ndarray) -> None:
        self.name, self.inputs, self.labels, self.rows = name, inputs, labels, rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitems__(self, picks: list[int]) -> dict[str, torch.Tensor]:
        rows = self.rows[picks]
        return {
            self.name: torch.from_numpy(np.ascontiguousarray(self.inputs[rows])),
            "labels": torch.from_numpy(self.labels[rows]),
        }


class Alike(torch.utils.data.Dataset):
    """`items`, those of like length beside each other, the longest first: for what is only looked at."""

    def __init__(self, items: torch.utils.data.Dataset) -> None:
        self.items, self.order = items, np.argsort(items.lengths, kind="stable")[::-1]

    def __len__(self) -> int:
        return len(self.items)

    def __getitems__(self, picks: list[int]) -> dict[str, torch.Tensor]:
        return self.items.__getitems__(self.order[picks].tolist())


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
        self.order = training_order(self.items.lengths, self.batch, seed=self.seed, epoch=epoch)

    def __getitems__(self, picks: list[int]) -> dict[str, torch.Tensor]:
        return self.items.__getitems__(self.order[picks].tolist())
