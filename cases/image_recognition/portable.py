"""The network as one ONNX file, from pixels to probabilities."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from models import export, portable
from models.report import Report

BATCH = 16  # pictures; more are no quicker on a processor and take memory


class Portable(nn.Module):
    """uint8 pixels (n, size, size, 3) → probabilities (n, classes), with cut, normalisation and softmax inside."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> Tensor:
        return self.network(pixels)["logits"].softmax(1)


def save(
    folder: Path,
    network: nn.Module,
    pixels: np.ndarray,
    rows: np.ndarray,
    evaluated: np.ndarray,
    names: list[str],
    report: Report,
) -> dict[str, Any] | None:
    """See `models.export.save`.

    Args:
        pixels: (samples, size, size, 3) uint8, of which `rows` are the test part, with `names`.
        evaluated: see `cases.learning.Items.save`.
    """
    example = {"pixels": torch.from_numpy(np.array(pixels[rows[:2]]))}
    batches = _batches(pixels, rows, report)
    return export.save(folder / portable.FILE, Portable(network), example, batches, evaluated, names, report)


def _batches(pixels: np.ndarray, rows: np.ndarray, report: Report) -> Iterator[dict[str, np.ndarray]]:
    for start in range(0, len(rows), BATCH):
        report.progress("test", start, len(rows))
        yield {"pixels": np.array(pixels[rows[start : start + BATCH]])}
    report.progress("test", len(rows), len(rows))
