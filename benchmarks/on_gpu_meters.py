"""What `benchmarks.on_gpu` measures of a training, on either side: seconds, memory, how long the card computes, FLOPs.

A meter is told of the end of every step, counted from 1, and may want the training to end: a `Meter`.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import psutil
import torch
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

WARM = 2  # steps before anything is traced
TRACED = 6  # steps whose kernels are looked at


class Meter(Protocol):
    over: bool  # whether it has what it wanted

    def step(self, done: int) -> None:
        """Hear that so many steps are done."""


class Stopwatch:
    """Times the steps from `begin` to `end`, which both wait for the card: those of the second epoch, for the first
    warms up, and an evaluation lies between them. A training that is not there by `deadline` is ended, and timed from
    `WARM` on until then."""

    def __init__(self, begin: int, end: int, deadline: float = float("inf")) -> None:
        self.begin, self.end, self.deadline = begin, end, deadline
        self.over, self.marks = False, {}

    def step(self, done: int) -> None:
        late = time.monotonic() > self.deadline
        if done in (WARM, self.begin, self.end) or late:
            synchronize()
            self.marks[done] = time.perf_counter()
        self.over = late

    @property
    def per_step(self) -> float | None:
        """Seconds; None where too few steps were made."""
        first = self.begin if self.end in self.marks else WARM
        last = max(self.marks, default=first)
        if first not in self.marks or last <= first:
            return None
        return (self.marks[last] - self.marks[first]) / (last - first)


class Trace:
    """Looks at a few steps: for how long the card computes in each, without copies; without a card, for how long
    torch's operators run. The profiler slows what starts the kernels and not the kernels, so that this is to be divided
    by the time of steps that nobody looked at."""

    def __init__(self, first: int = WARM, steps: int = TRACED) -> None:
        self.first, self.steps, self.over = first, steps, False
        self.per_step: float | None = None  # seconds; None also where the profiler sees nothing

    def step(self, done: int) -> None:
        if done == self.first:
            synchronize()
            cuda = torch.cuda.is_available()
            self.profile = profile(activities=[ProfilerActivity.CUDA if cuda else ProfilerActivity.CPU])
            self.profile.start()
        elif done == self.first + self.steps:
            synchronize()
            self.profile.stop()
            self.per_step = covered(_kernels(self.profile.events())) / self.steps or None
            self.over = True


def _kernels(events: Iterable[Any]) -> list[tuple[float, float]]:
    """When each began and ended, in microseconds."""
    cuda = torch.cuda.is_available()
    return [
        (event.time_range.start, event.time_range.end)
        for event in events
        if event.device_type == (DeviceType.CUDA if cuda else DeviceType.CPU)
        and not getattr(event, "is_user_annotation", False)
        and not event.name.startswith(("Memcpy", "Memset", "ProfilerStep", "Optimizer."))
        and (cuda or event.name.startswith("aten::"))
    ]


def covered(spans: Iterable[tuple[float, float]]) -> float:
    """Seconds that lie in at least one of the spans of microseconds."""
    total, until = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total / 1e6


class Kill:
    """Ends this process in the middle of a training, as `kill -9` does."""

    over = False

    def __init__(self, at: int) -> None:
        self.at = at

    def step(self, done: int) -> None:
        if done == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


class Memory:
    """The most megabytes in use while it lasts: of the card, else of the process beyond those it had before."""

    def __enter__(self) -> Memory:
        gc.collect()
        self.over, self.before, self.most = threading.Event(), psutil.Process().memory_info().rss, 0
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        self.watching = threading.Thread(target=self._watch, daemon=True)
        self.watching.start()
        return self

    def _watch(self) -> None:
        while not self.over.wait(0.02):
            self.most = max(self.most, psutil.Process().memory_info().rss - self.before)

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.watching.join()
        self.mb = (torch.cuda.max_memory_allocated() if torch.cuda.is_available() else self.most) / 2**20


def synchronize() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def flops(work: Callable[[], Any]) -> int:
    """Of the matrix products, convolutions and attentions that `work` does, as `torch.utils.flop_counter` counts."""
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()
