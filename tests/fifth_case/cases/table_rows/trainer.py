"""Rows as the network takes them; the training is that of every classifier."""

from __future__ import annotations

import hashlib
from types import MappingProxyType
from typing import Any

import numpy as np
import torch

from cases.base import WorkDirs
from cases.classification.trainer import ClassifierTrainer
from cases.dataset import Dataset
from cases.table_rows import predict, schema
from cases.table_rows.export import RowExport
from cases.table_rows.network import RowNetwork, assemble
from cases.table_rows.settings import Settings
from cases.training.context import TrainingContext, prepare
from models.progress import ProgressReporter
from models.storage.array_cache import ArrayCache
from models.training.batches import Batches

AT_ONCE = 1024  # rows


class RowInputs:
    """See `cases.classification.model_inputs.ModelInputs`."""

    network: RowNetwork
    second, ensemble = None, None
    trained = MappingProxyType[str, Any]({})

    def __init__(self, context: TrainingContext) -> None:
        self.context = context
        self.columns, self.cells = schema.of(context.dataset), schema.cells(context.dataset)
        self.network = assemble(context.settings, self.cells[context.rows["train"]], context.counts)

    def features(self, report: ProgressReporter) -> ArrayCache:
        """The standardised columns: what learns reads them, and so does the linear probe it is compared with."""
        rows = kept(self.context, self.cells.shape[1])
        rows.fill(self._standardised, AT_ONCE, report, "features")
        return rows

    def _standardised(self, start: int, stop: int) -> np.ndarray:
        with torch.no_grad():
            return self.network.cpu().body(torch.from_numpy(self.cells[start:stop])).numpy()

    def batches(self, rows: np.ndarray) -> Batches:
        return Batches("cells", self.cells, self.context.labels, rows)

    def guesses(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        return {}

    def given(self, rows: np.ndarray) -> list[dict[str, str]]:
        texts = self.context.dataset.samples["text"].iloc[rows]
        return [predict.parse(text) for text in texts]

    def sizes(self, rows: np.ndarray) -> np.ndarray:
        return np.zeros(len(rows))

    def exported(self) -> RowExport:
        return RowExport(self.context, self.network, self.columns, self.cells)


def kept(context: TrainingContext, width: int) -> ArrayCache:
    """Where the standardised columns are kept: the same for the same training part."""
    part = hashlib.sha256(context.rows["train"].tobytes()).hexdigest()[:16]
    path = context.place.kept / "features" / context.dataset.digest / f"columns-{part}.rows"
    return ArrayCache(path, len(context.dataset.samples), (width,), "float32")


def build(settings: Settings, dataset: Dataset, place: WorkDirs, report: ProgressReporter) -> ClassifierTrainer:
    context = prepare(settings, dataset, place, report)
    return ClassifierTrainer(context, RowInputs(context), report)
