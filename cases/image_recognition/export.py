"""Pictures and their network as they leave: the body in its library's own layout, the ONNX file from pixels on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from cases.image_recognition import backbones, model_card, predict, side_by_side
from cases.image_recognition.network import PictureNetwork
from cases.training.context import TrainingContext


class Pixels(Protocol):
    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        """(rows, size, size, 3) uint8"""


@dataclass(frozen=True, eq=False)
class ImageExport:
    """See `cases.classification.export.Exported`; cut, normalisation and softmax lie inside the ONNX file."""

    context: TrainingContext
    network: PictureNetwork
    weights: Path
    preprocessing: dict[str, Any]
    pixels: Pixels

    script = Path(predict.__file__)
    axes, shares_weights, items = None, False, "pictures"

    @property
    def modules(self) -> Mapping[str, Path]:
        several = isinstance(self.network.body, side_by_side.SideBySide)
        return {"side_by_side.py": Path(side_by_side.__file__)} if several else {}

    @property
    def use(self) -> Mapping[str, str]:
        return model_card.use(backbones.kind(self.network.body))

    def write_body(self, folder: Path) -> None:
        backbones.save(self.network.body, self.weights, folder)

    def example(self, rows: np.ndarray) -> dict[str, Tensor]:
        return {name: torch.from_numpy(array) for name, array in self.batch(rows[:2]).items()}

    def batch(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        return {"pixels": np.array(self.pixels[rows])}
