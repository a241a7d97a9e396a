"""The network as ONNX, from frames to probabilities; its weights are those of the body in the bundle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from models import export, portable
from models.hearing import padded
from models.report import Report
from models.sounding import AT_ONCE
from models.tokenising import alike

if TYPE_CHECKING:
    from cases.speech.bundle import Packed

AXES = {"frames": {0: "n", 1: "frames"}, "lengths": {0: "n"}}


class Portable(nn.Module):
    """frames (n, frames, bands) float32 and lengths (n,) int64 → probabilities (n, classes)."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        return self.network(frames, lengths)["logits"].softmax(1)


def save(folder: Path, items: Packed, rows: np.ndarray, evaluated: np.ndarray, report: Report) -> dict[str, Any] | None:
    """See `models.export.save`; the sounds in these rows are asked about in batches of like length."""
    batches = alike([items.ears.cost(samples) for samples in items.waves.lengths[rows].tolist()], AT_ONCE)
    names = items.ground.dataset.samples["name"].iloc[rows[np.concatenate(batches)]].tolist()
    given = _given(items, [rows[batch] for batch in batches], report)
    told = evaluated[np.concatenate(batches)]
    return export.save(folder / portable.FILE, Portable(items.network), _example(items), given, told, names, report,
                       axes=AXES, weights=sorted((folder / "body").glob("*.safetensors")))  # fmt: skip


def _example(items: Packed) -> dict[str, Tensor]:
    """Two sounds of different length, so that what fills a batch is part of what is written."""
    some = [items.ears.frames(np.zeros(samples, np.float32)) for samples in (40_000, 30_000)]
    return {name: torch.from_numpy(array) for name, array in padded(some).items()}


def _given(items: Packed, batches: Sequence[np.ndarray], report: Report) -> Iterator[dict[str, np.ndarray]]:
    done, total = 0, sum(map(len, batches))
    for rows in batches:
        report.progress("test", done, total)
        yield padded([items.ears.frames(items.waves[row]) for row in rows])
        done += len(rows)
    report.progress("test", total, total)
