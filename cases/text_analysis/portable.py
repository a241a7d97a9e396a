"""The network as ONNX, from tokens to probabilities; its weights are those of the body in the bundle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from models import export, portable
from models.report import Report
from models.sentences import AT_ONCE
from models.tokenising import alike

if TYPE_CHECKING:
    from cases.text_analysis.bundle import Packed

AXES = {name: {0: "n", 1: "tokens"} for name in ("input_ids", "attention_mask")}


class Portable(nn.Module):
    """input_ids and attention_mask, both (n, tokens) int64 → probabilities (n, classes)."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        return self.network(input_ids, attention_mask)["logits"].softmax(1)


def save(folder: Path, items: Packed, rows: np.ndarray, evaluated: np.ndarray, report: Report) -> dict[str, Any] | None:
    """See `models.export.save`; the texts in these rows are asked about in batches of like length."""
    batches = alike([len(items.ids[row]) for row in rows], AT_ONCE)
    names = items.ground.dataset.samples["name"].iloc[rows[np.concatenate(batches)]].tolist()
    given = _given(items, [rows[batch] for batch in batches], report)
    told = evaluated[np.concatenate(batches)]
    return export.save(folder / portable.FILE, Portable(items.network), _example(items, rows), given, told, names,
                       report, axes=AXES, weights=sorted((folder / "body").glob("*.safetensors")))  # fmt: skip


def _example(items: Packed, rows: np.ndarray) -> dict[str, Tensor]:
    """Two texts of different length, so that what fills a batch is part of what is written."""
    ids = items.ids[rows[0]]
    batch = items.tokeniser.padded([ids, ids[:-1]])
    return {name: torch.from_numpy(array) for name, array in batch.items()}


def _given(items: Packed, batches: Sequence[np.ndarray], report: Report) -> Iterator[dict[str, np.ndarray]]:
    done, total = 0, sum(map(len, batches))
    for rows in batches:
        report.progress("test", done, total)
        yield items.tokeniser.padded([items.ids[row] for row in rows])
        done += len(rows)
    report.progress("test", total, total)
