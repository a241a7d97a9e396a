"""A few real steps of a training, timed and weighed: what they say of all of it.

What is timed is `models.training.trainer` itself, on a handful of items and in a folder that is thrown away: large
steps and a small one, an evaluation and a checkpoint in each epoch. The first epoch warms up and does not count; of the
others the median does. Where they are over at once there are more of them: other work on the machine tells less then.
What is weighed are steps on the largest items there are, for they decide how much memory is needed.
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

from models import freed_memory
from models.memory import CONTEXT_MB
from models.progress import NullReporter, ProgressReporter
from models.training import device, gradient_checkpointing
from models.training.batches import Batches
from models.training.trainer import TrainingConfig, fit

EPOCHS, MANY = 3, 12  # of a profile; of one whose epochs are quick
QUICK = 0.2  # seconds of an epoch
MARKS = ("step", "evaluation", "checkpoint")  # of an epoch, which has several steps
WEIGHED = 3  # items of the large step that is weighed; the small one has one
OFTEN = 0.005  # seconds between two looks at what is held
LEARNING, LONG = 3.0, 1.0  # times as long as a look, with the gradient; seconds of a step that is timed, about


class Timing(NullReporter):
    """Notes when each step, evaluation and checkpoint was over."""

    def __init__(self, beside: ProgressReporter) -> None:
        self.beside = beside
        self.marks: list[tuple[str, float]] = [("begin", time.perf_counter())]

    def check(self) -> None:
        self.beside.check()

    def progress(self, what: str, done: int, total: int, **more: Any) -> None:
        self._mark("step")

    def metrics(self, split: str, step: int, values: Mapping[str, Any]) -> None:
        if split == "validation":
            self._mark("evaluation")

    def flush(self) -> None:
        """Called once a checkpoint is written."""
        self._mark("checkpoint")

    def spans(self, epochs: int) -> np.ndarray:
        """(epochs, steps + 2) seconds: of each step, the evaluation and the checkpoint."""
        whats, times = zip(*self.marks, strict=True)
        each = (len(whats) - 1) // epochs
        if whats[1:] != (*MARKS[:1] * (each - 2), *MARKS[1:]) * epochs:
            raise AssertionError(f"The profile went {whats[1:]}.")
        return np.diff(times).reshape(epochs, each)

    def _mark(self, what: str) -> None:
        device.finish()  # else what a card still has to do would count for what comes next
        self.marks.append((what, time.perf_counter()))


class Peak:
    """The most memory that this process holds while this lasts, in MB: `own_mb`, and `mapped_mb` of files that lie in
    memory as they do on the disk. On a graphics card what it holds there, and no files."""

    def __enter__(self) -> Peak:
        freed_memory.give_back()
        if torch.cuda.is_available():
            torch.cuda.reset_peak_memory_stats()
        self.process, self.over = psutil.Process(), threading.Event()
        self.before_mb, self.mapped_mb = held_mb(self.process)
        self.own_mb, self.exact = self.before_mb, freed_memory.forget_peak() and not torch.cuda.is_available()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()
        self._note()
        if self.exact:  # also what was held between two looks
            self.own_mb = max(self.own_mb, freed_memory.peak_mb() - self.mapped_mb)

    def _look(self) -> None:
        while not self.over.wait(OFTEN):
            self._note()

    def _note(self) -> None:
        own, mapped = held_mb(self.process)
        self.own_mb, self.mapped_mb = max(self.own_mb, own), max(self.mapped_mb, mapped)


def items_for(large: int) -> int:
    """How many items `measure` needs: two large steps of at least 2 of them, and a small one."""
    return 2 * large + max(1, large // 4)


def timed(batch: int, look: float, least: int) -> int:
    """Items of a large step on a processor: a whole batch where that is over soon, for what is reckoned from fewer is
    several times as far from the truth as their seconds are.

    Args:
        look: seconds the network needs for an item it does not learn from.
        least: unless the batch is smaller.
    """
    return min(batch, max(least, int(LONG / (LEARNING * look))))


def measure(
    network: nn.Module, items: Batches, plan: TrainingConfig, *, large: int, look: float, report: ProgressReporter
) -> dict[str, float]:
    """Train `network` for a moment, which changes it; returns the seconds of
    `models.training.cost_estimate.CostEstimate` that training takes.

    Args:
        items: two large steps and a small one, so that what a step costs by itself can be told from what its items
            cost. What the first of the large ones takes longer is a cost of the epoch: to begin it may take as long as
            the step.
        large: items of a large step.
        look: seconds the network needs for an item it does not learn from.
    """
    small = len(items) % large
    short = replace(plan, epochs=EPOCHS, batch_size=large, patience=0, spaced=False)
    whole, spans = _timed(network, items, short, report)
    usual = np.median(spans[1:], axis=0)
    start = whole - float(spans[1:].sum() + usual.sum())
    if spans[1:].sum(1).min() < QUICK:
        usual = np.median(_timed(network, items, replace(short, epochs=MANY), report)[1][1:], axis=0)
    first, wide, narrow, looking, saving = usual.tolist()
    item = max((wide - narrow) / (large - small), 0.0)
    return {
        "start": max(start, 0.0),
        "step": max(wide - item * large, 0.0),
        "item": item,
        "look": look,
        "epoch": max(first - wide, 0.0) + max(looking - look * len(items), 0.0) + saving,
    }


def _timed(
    network: nn.Module, items: Batches, plan: TrainingConfig, report: ProgressReporter
) -> tuple[float, np.ndarray]:
    """Seconds of all, and see `Timing.spans`."""
    timing, began = Timing(report), time.perf_counter()
    with TemporaryDirectory() as folder:
        fit(network, items, items, plan, Path(folder), lambda _: {}, timing)
    return time.perf_counter() - began, timing.spans(plan.epochs)


def weigh(
    network: nn.Module, items: Batches, report: ProgressReporter, *, bf16: bool, together: int, learning: bool,
    recomputed: bool = False,
) -> dict[str, float]:  # fmt: skip
    """Steps that learn nothing; returns the memory of `models.training.cost_estimate.CostEstimate` that is about
    training.

    Args:
        items: the largest there are, `WEIGHED` of them.
        together: how many are looked at at once.
        learning: the network learns from such items.
        recomputed: it learns with gradient checkpointing.
    """
    where = next(network.parameters()).device

    def step(count: int, *, learning: bool) -> float:
        batch = {name: values.to(where) for name, values in items.__getitems__([*range(count)]).items()}
        saving = gradient_checkpointing.recomputed(network, wanted=recomputed)
        with Peak() as peak, torch.set_grad_enabled(learning), saving:
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


def scattering(peak: Peak, weights: Mapping[str, float], large: int) -> float:
    """How many times as much steps hold that follow one another than one alone: what one has freed lies in pieces,
    and the next does not find room for all of its own in them. At least 1.

    Args:
        peak: of `measure`, with `large` items in a step.
        weights: what `weigh` found.
    """
    steps = peak.own_mb - peak.before_mb - weights["state_mb"] - weights["copy_mb"]
    alone = large * weights["item_mb"]
    return max(1.0, steps / alone) if alone else 1.0


def seconds_each(work: Callable[[], Any], items: int) -> float:
    """Seconds that `work` on so many items takes for each, the second time: the first warms up."""
    work()
    return seconds(work) / items


def seconds(work: Callable[[], Any]) -> float:
    """What `work` takes, up to where a card has done all of it."""
    device.finish()
    began = time.perf_counter()
    work()
    device.finish()
    return time.perf_counter() - began


def held_mb(process: psutil.Process) -> tuple[float, float]:
    """What the process holds now, of its own and of files that are mapped; on a graphics card the most that it held
    there."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**20 + CONTEXT_MB, 0.0
    info = process.memory_info()
    mapped = getattr(info, "shared", 0)
    return (info.rss - mapped) / 2**20, mapped / 2**20
