"""`torch.compile` for the body of a network on a card, where what is left of a training is long enough to repay it.

The first steps are timed as they are. Where the rest of them is long, the body is compiled and timed again; what is not
quicker is left again. Compiled steps round differently, so it is written down at which step was switched, and who goes
on from a checkpoint switches there, too. Evaluations are never compiled.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from models import memory
from models.errors import N_
from models.progress import ProgressReporter
from models.training import device

WARM, TIMED = 5, 20  # steps that are not timed, after a change, and that are
SECONDS = 60.0  # that compiling a body takes, until it is known
GAIN, WORTH = 0.15, 2.0  # of the time of a step, that is hoped for; times as much as it takes shall be won
CLEARLY = 0.97  # times as long as before: a step that is not quicker than this is not worth it
FILE = "compiled.json"


@dataclass(frozen=True)
class Schedule:
    """Steps after which the body is compiled, and is so no more; None for never."""

    start: int | None
    end: int | None = None

    def at(self, step: int) -> bool:
        """Whether the step after this one is compiled."""
        return self.start is not None and self.start <= step and (self.end is None or step < self.end)


class Compiled:
    """The forward of a body, compiled where it is `on` and something learns."""

    def __init__(self, forward: Callable[..., Any], compiled: Callable[..., Any]) -> None:
        self.plain, self.compiled = forward, compiled
        self.on, self.used, self.failure = False, False, ""

    def __call__(self, *given: Any, **named: Any) -> Any:
        self.used = True
        if not (self.on and torch.is_grad_enabled()):
            return self.plain(*given, **named)
        try:
            return self.compiled(*given, **named)
        except RuntimeError as error:
            if memory.ran_out(error) or not _of_compiler(error):
                raise
            self.on, self.failure = False, f"{type(error).__name__}: {error}".splitlines()[0][:200]
        return self.plain(*given, **named)


def _of_compiler(error: RuntimeError) -> bool:
    """Whether a compiler is missing, or cannot do this network."""
    from torch._dynamo.exc import TorchDynamoException  # seconds of imports, and there once something was compiled

    return isinstance(error, TorchDynamoException)


class CompilationCallback(TrainerCallback):
    """Times the steps and switches; `clock` gives seconds, once the card has done all that was asked of it."""

    def __init__(
        self, body: Compiled, folder: Path, report: ProgressReporter, clock: Callable[[], float], *,
        seconds: float = SECONDS,
    ) -> None:  # fmt: skip
        self.body, self.file, self.report, self.clock, self.seconds = body, folder / FILE, report, clock, seconds
        self.since: tuple[int, float] | None = None  # the step at which a timing began, and when
        self.left = 0.0  # when the last epoch ended
        self.plain_step = 0.0  # seconds

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, *_: Any, **__: Any) -> None:
        self.begun = state.global_step
        known = self.file.exists()
        self.schedule = Schedule(**json.loads(self.file.read_text("utf-8"))) if known else None
        if not known and self.begun >= WARM + TIMED:
            self.schedule = Schedule(None)  # it went on so far without
        self.body.on = bool(self.schedule and self.schedule.at(self.begun))

    def on_epoch_end(self, *_: Any, **__: Any) -> None:
        if self.since:
            self.left = self.clock()

    def on_epoch_begin(self, *_: Any, **__: Any) -> None:
        if self.since and self.left:  # what was evaluated and saved between two epochs is no step
            self.since = (self.since[0], self.since[1] + self.clock() - self.left)
            self.left = 0.0

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> TrainerControl:
        step = state.global_step
        if self.body.failure:
            self._without(step)
        elif self.schedule is None:
            self._time_plain(step, state.max_steps)
        elif self.schedule.start is not None and self.schedule.end is None and self.plain_step:
            self._time_compiled(step, self.schedule.start, state.max_steps)
        if self.schedule is not None:
            self.body.on = self.schedule.at(step)
        return control

    def _time_plain(self, step: int, steps: int) -> None:
        if step == max(WARM, self.begun + 1):
            self.since = (step, self.clock())
        if step != WARM + TIMED or self.since is None:
            return
        began, self.since = self.since, None
        self.plain_step = (self.clock() - began[1]) / max(step - began[0], 1)
        worth = (steps - step) * self.plain_step * GAIN > WORTH * self.seconds
        can = self.body.used  # some networks call parts of their body only
        self._decide(Schedule(step if worth and can else None))
        self.compiling = self.clock()

    def _time_compiled(self, step: int, start: int, steps: int) -> None:
        if step == start + WARM:
            now = self.clock()
            self.seconds = max(now - self.compiling - WARM * self.plain_step, 0.0)
            self.since = (step, now)
        if step != start + WARM + TIMED or self.since is None:
            return
        began, self.since = self.since, None
        each, before, self.plain_step = (self.clock() - began[1]) / TIMED, self.plain_step, 0.0
        figures = {"before": 1000 * before, "after": 1000 * each}
        if each > CLEARLY * before:
            self._decide(Schedule(start, step))
            self.report.note(N_("The network was compiled without gain ({before:.0f} → {after:.0f} ms per step); "
                                "training goes on uncompiled."), **figures)  # fmt: skip
            return
        self.report.note(N_("The network was compiled: {before:.0f} → {after:.0f} ms per step, repaid after {steps:,} "
                            "of {left:,} steps."), **figures, steps=round(self.seconds / (before - each)),
                         left=steps - start)  # fmt: skip

    def _without(self, step: int) -> None:
        self.report.note(N_("The network could not be compiled ({cause}); training goes on without."),
                         cause=self.body.failure)  # fmt: skip
        self.body.failure, self.since = "", None
        self._decide(Schedule(None))

    def _decide(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.file.parent.mkdir(parents=True, exist_ok=True)
        partial = self.file.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(schedule)), "utf-8")
        partial.replace(self.file)


@contextmanager
def tried(
    network: nn.Module, trainer: Trainer, folder: Path, report: ProgressReporter, *, wanted: bool
) -> Iterator[None]:
    """While this lasts, and if it is `wanted`, the trainer finds out by itself whether to compile the body."""
    body = getattr(network, "body", None)
    if not wanted or not isinstance(body, nn.Module):
        yield
        return
    own, plain = vars(body).get("forward"), body.forward
    body.forward = forward = Compiled(plain, torch.compile(plain))
    trainer.add_callback(CompilationCallback(forward, folder, report, _clock))
    try:
        yield
    finally:
        del body.forward
        if own is not None:
            body.forward = own


def _clock() -> float:
    device.finish()
    return time.perf_counter()
