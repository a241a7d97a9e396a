"""A few real steps of a training, timed: what they say of all of it.

What is timed is `models.training` itself, on a handful of items and in a folder that is thrown away: a large step and
a small one, an evaluation and a checkpoint in each epoch. The first epoch warms up and does not count.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil
import torch
from torch import nn

from models.batches import Batches
from models.report import Quiet, Report
from models.training import Plan, fit

EPOCHS = 3
MARKS = ("step", "step", "evaluation", "checkpoint")  # of an epoch


class Timing(Quiet):
    """Notes when each step, evaluation and checkpoint was over, and the most memory that was held."""

    def __init__(self, beside: Report) -> None:
        self.beside, self.process, self.most_mb = beside, psutil.Process(), 0.0
        self.marks: list[tuple[str, float]] = [("begin", time.perf_counter())]

    def progress(self, what: str, done: int, total: int, **more: Any) -> None:
        self._mark("step")

    def metrics(self, split: str, step: int, values: Mapping[str, Any]) -> None:
        if split == "validation":
            self._mark("evaluation")

    def flush(self) -> None:
        """Called once a checkpoint is written."""
        self._mark("checkpoint")

    def check(self) -> None:
        """Asked before each module and at each gradient, so that it sees what is held within a step."""
        self.most_mb = max(self.most_mb, held_mb(self.process))
        self.beside.check()

    def spans(self) -> np.ndarray:
        """(epochs, 4) seconds: of the large step, the small one, the evaluation and the checkpoint."""
        whats, times = zip(*self.marks, strict=True)
        if whats[1:] != MARKS * EPOCHS:
            raise AssertionError(f"The rehearsal went {whats[1:]}.")
        return np.diff(times).reshape(EPOCHS, len(MARKS))

    def _mark(self, what: str) -> None:
        self.marks.append((what, time.perf_counter()))


def rehearse(network: nn.Module, items: Batches, plan: Plan, *, look: float, report: Report) -> dict[str, float]:
    """Train `network` for a moment, which changes it; returns the part of `models.pace.Pace` that is about training.

    Args:
        items: a large step and a small one of a quarter, so that what a step costs by itself can be told from what
            its items cost; at least two.
        look: seconds the network needs for an item it does not learn from.
    """
    large, small = len(items) - len(items) // 5 or 1, len(items) // 5
    timing, before = Timing(report), held_mb(psutil.Process())
    began = time.perf_counter()
    with TemporaryDirectory() as folder:
        short = replace(plan, epochs=EPOCHS, batch_size=large, patience=0)
        fit(network, items, items, short, Path(folder), lambda _: {}, timing)
    whole, spans = time.perf_counter() - began, timing.spans()
    usual = spans[1:].mean(0)
    wide, narrow, looking, saving = usual.tolist()
    item = max((wide - narrow) / (large - small), 0.0)
    state_mb = 12 * sum(p.numel() for p in network.parameters() if p.requires_grad) / 2**20  # gradient, two moments
    return {
        "start": max(whole - float(spans[1:].sum() + usual.sum()), 0.0),
        "step": max(narrow - item * small, 0.0),
        "item": item,
        "look": look,
        "epoch": max(looking - look * len(items), 0.0) + saving,
        "base_mb": before,
        "item_mb": max(timing.most_mb - before - state_mb, 0.0) / large,
        "state_mb": state_mb,
    }


def seconds_each(work: Callable[[], Any], items: int) -> float:
    """Seconds that `work` on so many items takes for each, the second time: the first warms up."""
    work()
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) / items


def held_mb(process: psutil.Process) -> float:
    """On a graphics card the most that tensors held there, else what the process holds now."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**20
    return process.memory_info().rss / 2**20
