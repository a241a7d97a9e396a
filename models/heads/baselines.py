"""What needs no fine-tuning: always the commonest class, and logistic regression on the frozen features."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_model, save_model

from models.heads import linear_probe
from models.heads.head import Head, ProbeConfig
from models.progress import ProgressReporter
from models.storage import checksums
from models.training import device


class Baselines:
    """Fitted on the training part once; a later run on the same rows and features takes what is kept.

    The logistic regression is held back as cross-validation on the training part finds best (`hold`): a weaker one
    would flatter what learns.
    """

    head: Head
    hold: ProbeConfig

    def __init__(
        self,
        features: np.ndarray,
        labels: np.ndarray,
        training: np.ndarray,
        classes: int,
        kept: Path,
        report: ProgressReporter,
        *,
        enough: Sequence[int] = (),
        prior: np.ndarray | None = None,
        where: torch.device | None = None,
    ) -> None:
        """`features` (items, width), `labels` (items,), `training` rows; `kept` names the features in the cache.

        `enough`, `prior`: see `linear_probe.select_penalty_cv`. `where` the fitting is done; the head stays with the
        features.
        """
        self.features = features
        self.common = np.bincount(labels[training]).argmax()
        self.prior = None if prior is None else torch.from_numpy(prior)
        known = b"" if prior is None else prior.tobytes()
        rows = hashlib.sha256(training.tobytes() + labels[training].tobytes() + known).hexdigest()[:16]
        path = kept.with_name(f"{kept.stem}-{rows}-probe.safetensors")
        self.head = Head(features.shape[1], classes, hidden=0, activation="relu", dropout=0.0)
        if not checksums.intact(path):
            learnt = [np.array(some[training]) for some in (features, labels)]

            def fit(where: torch.device) -> None:
                seen, truth = (torch.from_numpy(some).to(where) for some in learnt)
                self._fit(seen, truth, classes, enough, path, report)

            device.there_or_here(fit, where or torch.device("cpu"), report)
        self.hold = self._kept(path)

    def _kept(self, path: Path) -> ProbeConfig:
        """Fill the head with what was fitted before."""
        load_model(self.head, str(path))
        with safe_open(path, "pt") as file:
            told = json.loads(file.metadata()["hold"])
        return ProbeConfig(**told, prior=self.prior if told.get("strength") else None)

    def _fit(
        self,
        features: torch.Tensor,
        labels: torch.Tensor,
        classes: int,
        enough: Sequence[int],
        path: Path,
        report: ProgressReporter,
    ) -> None:
        hold = linear_probe.select_penalty_cv(features, labels, classes, enough=enough, prior=self.prior, report=report)
        told = {name: getattr(hold, name) for name in ("penalty", "factor", "width", "strength")}
        partial = path.with_suffix(".partial")
        save_model(linear_probe.fit(features, labels, classes, hold), str(partial), {"hold": json.dumps(told)})
        checksums.settle(partial, path)

    def guesses(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """The class each reference names for these rows."""
        with torch.no_grad():
            frozen = self.head(torch.from_numpy(np.array(self.features[rows]))).argmax(1).numpy()
        return {"majority": np.full(len(rows), self.common), "frozen_features": frozen}
