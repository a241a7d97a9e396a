"""What needs no fine-tuning: always the commonest class, and logistic regression on the frozen features."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_model, save_model

from models.head import Head, warm_start


class References:
    """Fitted on the training part once; a later run on the same rows and features takes what is kept."""

    def __init__(
        self, features: np.ndarray, labels: np.ndarray, training: np.ndarray, classes: int, kept: Path
    ) -> None:
        """`features` (items, width), `labels` (items,), `training` rows; `kept` names the features in the cache."""
        self.features = features
        self.common = np.bincount(labels[training]).argmax()
        self.head = Head(features.shape[1], classes, hidden=0, activation="relu", dropout=0.0)
        rows = hashlib.sha256(training.tobytes() + labels[training].tobytes()).hexdigest()[:16]
        path = kept.with_name(f"{kept.stem}-{rows}.safetensors")
        if path.exists():
            load_model(self.head, str(path))
        else:
            self._fit(torch.from_numpy(np.array(features[training])), torch.from_numpy(labels[training]), path)

    def _fit(self, features: torch.Tensor, labels: torch.Tensor, path: Path) -> None:
        self.head.standardise(features)
        warm_start(self.head, features, labels)
        partial = path.with_suffix(".partial")
        save_model(self.head, str(partial))
        partial.replace(path)

    def guesses(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """The class each reference names for these rows."""
        with torch.no_grad():
            frozen = self.head(torch.from_numpy(np.array(self.features[rows]))).argmax(1).numpy()
        return {"majority": np.full(len(rows), self.common), "frozen_features": frozen}
