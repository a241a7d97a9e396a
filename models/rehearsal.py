"""A few real steps of a training, timed and weighed: what they say of all of it.

What is timed is `models.training` itself, on a handful of items and in a folder that is thrown away: a large step and
a small one, an evaluation and a checkpoint in each epoch. The first epoch warms up and does not count. What is weighed
are steps on the largest items there are, for they decide how much memory is needed.
"""

from __future__ import annotations

import threading
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

from models import memory
from models.batches import Batches
from models.report import Quiet, Report
from models.training import Plan, fit

EPOCHS = 3
MARKS = ("step", "step", "evaluation", "checkpoint")  # of an epoch
WEIGHED = 3  # items of the large step that is weighed; the small one has one
OFTEN = 0.005  # seconds between two looks at what is held


class Timing(Quiet):
    """Notes when each step, evaluation and checkpoint was over."""

    def __init__(self, beside: Report) -> None:
        self.check = beside.check
        self.marks: list[tuple[str, float]] = [("begin", time.perf_counter())]

    def progress(self, what: str, done: int, total: int, **more: Any) -> None:
        self._mark("step")

    def metrics(self, split: str, step: int, values: Mapping[str, Any]) -> None:
        if split == "validation":
            self._mark("evaluation")

    def flush(self) -> None:
        """Called once a checkpoint is written."""
        self._mark("checkpoint")

    def spans(self) -> np.ndarray:
        """(epochs, 4) seconds: of the large step, the small one, the evaluation and the checkpoint."""
        whats, times = zip(*self.marks, strict=True)
        if whats[1:] != MARKS * EPOCHS:
            raise AssertionError(f"The rehearsal went {whats[1:]}.")
        return np.diff(times).reshape(EPOCHS, len(MARKS))

    def _mark(self, what: str) -> None:
        self.marks.append((what, time.perf_counter()))


class Peak:
    """The most memory that this process holds while this lasts, in MB: `own_mb`, and `mapped_mb` of files that lie in
    memory as they do on the disk. On a graphics card what tensors hold there, and no files."""

    def __enter__(self) -> Peak:
        memory.give_back()
        if torch.cuda.is_available():
            torch.cuda.reset_peak_memory_stats()
        self.process, self.over = psutil.Process(), threading.Event()
        self.before_mb, self.mapped_mb = held_mb(self.process)
        self.own_mb, self.exact = self.before_mb, memory.forget_peak() and not torch.cuda.is_available()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()
        self._note()
        if self.exact:  # also what was held between two looks
            self.own_mb = max(self.own_mb, memory.peak_mb() - self.mapped_mb)

    def _look(self) -> None:
        while not self.over.wait(OFTEN):
            self._note()

    def _note(self) -> None:
        own, mapped = held_mb(self.process)
        self.own_mb, self.mapped_mb = max(self.own_mb, own), max(self.mapped_mb, mapped)


def rehearse(network: nn.Module, items: Batches, plan: Plan, *, look: float, report: Report) -> dict[str, float]:
    """Train `network` for a moment, which changes it; returns the seconds of `models.pace.Pace` that training takes.

    Args:
        items: a large step and a small one of a quarter, so that what a step costs by itself can be told from what
            its items cost; at least two.
        look: seconds the network needs for an item it does not learn from.
    """
    large, small = len(items) - len(items) // 5 or 1, len(items) // 5
    timing, began = Timing(report), time.perf_counter()
    with TemporaryDirectory() as folder:
        short = replace(plan, epochs=EPOCHS, batch_size=large, patience=0)
        fit(network, items, items, short, Path(folder), lambda _: {}, timing)
    whole, spans = time.perf_counter() - began, timing.spans()
    usual = spans[1:].mean(0)
    wide, narrow, looking, saving = usual.tolist()
    item = max((wide - narrow) / (large - small), 0.0)
    return {
        "start": max(whole - float(spans[1:].sum() + usual.sum()), 0.0),
        "step": max(narrow - item * small, 0.0),
        "item": item,
        "look": look,
        "epoch": max(looking - look * len(items), 0.0) + saving,
    }


def weigh(
    network: nn.Module, items: Batches, report: Report, *, bf16: bool, together: int, learning: bool
) -> dict[str, float]:
    """Steps that learn nothing; returns the memory of `models.pace.Pace` that is about training.

    Args:
        items: the largest there are, `WEIGHED` of them.
        together: how many are looked at at once.
        learning: the network learns from such items.
    """
    where = next(network.parameters()).device

    def step(count: int, *, learning: bool) -> float:
        batch = {name: values.to(where) for name, values in items.__getitems__([*range(count)]).items()}
        with Peak() as peak, torch.set_grad_enabled(learning):
            with torch.autocast(where.type, torch.bfloat16, enabled=bf16):
                loss = network.train(learning)(**batch)["loss"]
            if learning:
                loss.backward()
        report.check()
        return peak.own_mb

    def of_an_item(*, learning: bool) -> float:
        step(1, learning=learning)  # what is set up once; gradients stay, so that they hide nothing of the rest
        few, more = step(1, learning=learning), step(WEIGHED, learning=learning)
        return max(more - few, 0.0) / (WEIGHED - 1)

    found = {"state_mb": 0.0, "item_mb": 0.0, "looking_mb": together * of_an_item(learning=False), "copy_mb": 0.0}
    if not learning:
        return found
    moved = sum(p.numel() for p in network.parameters() if p.requires_grad)
    every = sum(values.numel() for values in network.state_dict().values())
    found |= {
        # the weights at the start, to begin anew where memory runs out; a gradient and two moments of what learns
        "state_mb": (4 * every + 12 * moved) / 2**20,
        "item_mb": of_an_item(learning=True),
        "copy_mb": 4 * every / 2**20,
    }
    network.zero_grad()
    return found


def seconds_each(work: Callable[[], Any], items: int) -> float:
    """Seconds that `work` on so many items takes for each, the second time: the first warms up."""
    work()
    return seconds(work) / items


def seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def held_mb(process: psutil.Process) -> tuple[float, float]:
    """What the process holds now, of its own and of files that are mapped; on a graphics card the most that tensors
    held there."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**20, 0.0
    info = process.memory_info()
    mapped = getattr(info, "shared", 0)
    return (info.rss - mapped) / 2**20, mapped / 2**20
