"""A data set of arrays that hands out whole batches."""

from __future__ import annotations

import numpy as np
import torch


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
