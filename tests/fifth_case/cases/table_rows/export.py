"""What a bundle of rows is made of: the columns with their means and deviations, and a script that encodes a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cases.table_rows import predict
from cases.table_rows.network import RowNetwork
from cases.training.context import TrainingContext

USE = """
    pip install numpy safetensors
    python predict.py row.txt
"""


@dataclass(frozen=True, eq=False)
class RowExport:
    """See `cases.classification.export.Exported`."""

    context: TrainingContext
    network: RowNetwork
    columns: Mapping[str, Any]
    cells: np.ndarray  # (samples, width)
    weights: None = None
    script: Path = Path(predict.__file__)
    axes: None = None
    shares_weights: bool = False
    modules: Mapping[str, Path] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=lambda: {"en": "rows", "zh": "数据行"})
    use: Mapping[str, str] = field(default_factory=lambda: {"en": USE, "zh": USE})

    @property
    def preprocessing(self) -> dict[str, Any]:
        body = self.network.body
        return {"columns": self.columns, "mean": body.mean.tolist(), "std": body.std.tolist()}

    def write_body(self, folder: Path) -> None:
        """There is none: means and deviations are told with the columns."""
        folder.rmdir()

    def example(self, rows: np.ndarray) -> dict[str, Tensor]:
        return {"cells": torch.from_numpy(self.cells[rows[:2]])}

    def batch(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        return {"cells": self.cells[rows]}
