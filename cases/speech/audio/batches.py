"""A data set of sounds that hands out whole batches."""

from __future__ import annotations

import numpy as np
import torch

from cases.speech.audio.features import FeatureExtractor, padded
from models.storage.ragged_array import RaggedArray


class SoundBatches(torch.utils.data.Dataset):
    """Rows `rows` of sounds as a network hears them, with their labels; each batch is filled to its longest."""

    def __init__(self, extractor: FeatureExtractor, waves: RaggedArray, labels: np.ndarray, rows: np.ndarray) -> None:
        self.extractor, self.waves, self.labels, self.rows = extractor, waves, labels, rows

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def lengths(self) -> np.ndarray:
        """(rows,) samples"""
        return self.waves.lengths[self.rows]

    def __getitems__(self, picks: list[int]) -> dict[str, torch.Tensor]:
        rows = self.rows[picks]
        batch = padded([self.extractor.frames(self.waves[row]) for row in rows])
        return {**{name: torch.from_numpy(array) for name, array in batch.items()},
                "labels": torch.from_numpy(self.labels[rows])}  # fmt: skip
