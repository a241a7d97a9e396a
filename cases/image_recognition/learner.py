"""Pictures as a pretrained network takes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from cases import planning
from cases.base import Place
from cases.dataset import Dataset
from cases.ground import Ground, lay
from cases.image_recognition import bundle, data
from cases.image_recognition.network import PictureNetwork, assemble
from cases.image_recognition.settings import Settings
from cases.learning import LabelLearner
from models import catalog
from models.batches import Batches
from models.report import Report
from models.rows import Rows

FEATURE_BATCH = 16  # pictures; more are no quicker on a processor and take memory


class PictureItems:
    """See `cases.learning.Items`."""

    network: PictureNetwork

    def __init__(self, ground: Ground, report: Report) -> None:
        self.ground = ground
        self.weights = catalog.folder(ground.settings.model, ground.place.cache / "models", "picture")
        self.network, self.preprocessing = assemble(ground.settings, self.weights, ground.counts)
        self.size = self.preprocessing["size"]
        self.pixels = data.pixels(ground.dataset, self.size, self.preprocessing["interpolation"], ground.place.cache,
                                  report)  # fmt: skip

    def features(self, report: Report) -> Rows:
        ground, body = self.ground, self.network.body
        rows = planning.feature_rows(ground.dataset, body.head_hidden_size, self.weights, str(self.size), ground.bf16,
                                     ground.place.cache)  # fmt: skip
        body.to(memory_format=torch.channels_last)  # a tenth quicker on a CPU
        rows.fill(self._forward_body, FEATURE_BATCH, report, "features")
        body.to(memory_format=torch.contiguous_format)  # as safetensors wants the weights
        return rows

    def _forward_body(self, start: int, stop: int) -> np.ndarray:
        self.network.eval()
        where = self.ground.device
        pixels = torch.from_numpy(np.array(self.pixels[start:stop])).to(where, non_blocking=True)
        with torch.no_grad(), torch.autocast(where.type, torch.bfloat16, enabled=self.ground.bf16):
            return self.network.features(pixels).float().cpu().numpy()

    def batches(self, rows: np.ndarray) -> Batches:
        return Batches("pixels", self.pixels, self.ground.labels, rows)

    def guesses(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        return {}

    def files(self, rows: np.ndarray) -> list[Path]:
        return [self.ground.dataset.file(name) for name in self.ground.dataset.samples["file"].iloc[rows]]

    def save(self, folder: Path, result: dict[str, Any], evaluated: np.ndarray, report: Report) -> dict[str, Any]:
        return bundle.save(folder, self, result, evaluated, report)


def build(settings: Settings, dataset: Dataset, place: Place, report: Report) -> LabelLearner:
    ground = lay(settings, dataset, place, report)
    return LabelLearner(ground, PictureItems(ground, report), report)
