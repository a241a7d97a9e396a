"""A few rows before a network that is not trained yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from cases.base import WorkDirs
from cases.classification import profile
from cases.classification.export import Portable
from cases.classification.profile_inputs import Asking
from cases.dataset import Dataset
from cases.table_rows import predict, schema
from cases.table_rows.export import RowExport
from cases.table_rows.network import assemble
from cases.table_rows.settings import Settings
from cases.table_rows.trainer import kept
from cases.training.context import TrainingContext
from models.progress import ProgressReporter
from models.training import step_costs
from models.training.batches import Batches


class RowProfileInputs:
    """See `cases.classification.profile_inputs.ProfileInputs`."""

    most = 1024

    def __init__(self, context: TrainingContext) -> None:
        self.context = context
        self.columns, self.cells = schema.of(context.dataset), schema.cells(context.dataset)
        self.width = self.cells.shape[1]
        self.network = assemble(context.settings, self.cells[context.rows["train"]], context.counts)

    def described(self) -> dict[str, Any]:
        """Nothing before the hidden layer learns, so that there are no blocks."""
        return {"size": len(self.columns["numbers"]) + len(self.columns["words"]), "width": self.width, "blocks": ()}

    def views(self) -> list[list[str]]:
        return []

    def features_are_kept(self) -> bool:
        return kept(self.context, self.width).complete()

    def look(self) -> float:
        cells = torch.from_numpy(self.cells).to(self.context.device)
        return step_costs.seconds_each(lambda: self.network.body(cells).sum().item(), len(cells))

    def filled(self) -> float:
        return 1.0

    def make_ready(self) -> float:
        return 0.0

    def judge(self) -> float:
        return 0.0

    def compare(self) -> float:
        return 0.0

    def batches(self, count: int) -> Batches:
        rows = np.resize(self.context.rows["train"], count)
        return Batches("cells", self.cells, self.context.labels, rows)

    largest = batches  # they are all of one size

    def sample_mb(self) -> float:
        return 4 * self.width / 2**20

    def asking(self, count: int) -> Asking:
        rows = self.context.rows["test"][:count]
        return Asking(Portable(self.network), rows, self.exported().batch(rows))

    def by_script(self, folder: Path, asked: Asking) -> float:
        texts = self.context.dataset.samples["text"].iloc[asked.rows]
        model, rows = predict.load(folder), [predict.parse(text) for text in texts]
        return step_costs.seconds_each(lambda: predict.predict(model, rows), len(rows))

    def exported(self) -> RowExport:
        return RowExport(self.context, self.network, self.columns, self.cells)


def measure(settings: Settings, dataset: Dataset, place: WorkDirs, report: ProgressReporter) -> dict[str, Any]:
    return profile.measure(settings, dataset, place, RowProfileInputs, report)
