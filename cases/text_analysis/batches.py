"""A data set of texts that hands out whole batches."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import torch

from models.text.frozen_blocks import FrozenBlocks
from models.text.tokenizer import Tokeniser
from models.text.windows import Texts


class TextBatches(torch.utils.data.Dataset):
    """Rows `rows` of texts as windows of tokens, `ids` of every sample, with their labels; each batch is filled to its
    longest. `pooled`: a text may have several windows, and a batch says how much each counts. `frozen`: what is kept of
    each sample below the blocks that learn."""

    def __init__(
        self, tokeniser: Tokeniser, ids: Texts, labels: np.ndarray, rows: np.ndarray, *, pooled: bool = False,
        frozen: FrozenBlocks | None = None,
    ) -> None:  # fmt: skip
        self.tokeniser, self.ids, self.labels, self.rows, self.pooled = tokeniser, ids, labels, rows, pooled
        self.frozen = frozen

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def lengths(self) -> np.ndarray:
        """(rows,) tokens"""
        return np.array([sum(map(len, self.ids[row])) for row in self.rows])

    def __getitems__(self, picks: list[int]) -> dict[str, torch.Tensor]:
        rows = self.rows[picks]
        batch = self.tokeniser.batch([self.ids[row] for row in rows], pooled=self.pooled)
        if self.frozen:
            batch |= self.frozen.batch(rows)
        return {"labels": torch.from_numpy(self.labels[rows]),  # first: by it transformers counts the items
                **{name: torch.from_numpy(array) for name, array in batch.items()}}  # fmt: skip
