"""A data set of texts that hands out whole batches."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch

from models.text.tokenizer import Tokeniser


class TextBatches(torch.utils.data.Dataset):
    """Rows `rows` of texts as tokens, `ids` of every sample, with their labels; each batch is filled to its longest."""

    def __init__(self, tokeniser: Tokeniser, ids: Sequence[np.ndarray], labels: np.ndarray, rows: np.ndarray) -> None:
        self.tokeniser, self.ids, self.labels, self.rows = tokeniser, ids, labels, rows

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def lengths(self) -> np.ndarray:
        """(rows,) tokens"""
        return np.array([len(self.ids[row]) for row in self.rows])

    def __getitems__(self, picks: list[int]) -> dict[str, torch.Tensor]:
        rows = self.rows[picks]
        batch = self.tokeniser.padded([self.ids[row] for row in rows])
        return {**{name: torch.from_numpy(array) for name, array in batch.items()},
                "labels": torch.from_numpy(self.labels[rows])}  # fmt: skip
