"""What happens between the steps of a training: numbers out, a stop in."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from torch import nn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from models.freed_memory import Surplus, give_back
from models.progress import ProgressReporter, Stopped
from models.training import divergence
from models.training.checkpoints import mark
from models.training.running_accuracy import RunningAccuracy

DEAR = 0.3  # seconds; a checkpoint that is written sooner is never left out
APART = 10  # times as long as a checkpoint takes, so much is learnt before the next one


class ProgressCallback(TrainerCallback):
    """Reports every logged step, every evaluation, the accuracy of training until then and what `probe` then says;
    stops at the next step when a person asked to.

    `folder`: where checkpoints are marked as complete; None in a process that trains along with another.
    `ending`: items in the last batch of an epoch, as a share of those of the others.
    """

    def __init__(
        self,
        report: ProgressReporter,
        folder: Path | None,
        probe: Callable[[nn.Module], Mapping[str, Any]] | None = None,
        accuracy: RunningAccuracy | None = None,
        ending: float = 1.0,
    ) -> None:
        self.report, self.folder, self.probe, self.accuracy, self.ending = report, folder, probe, accuracy, ending
        self.stopping = False
        self.since = (time.monotonic(), 0)  # when speed was last measured, and at which step

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, *_: Any, model: nn.Module, **__: Any
    ) -> None:
        if state.global_step == 0:
            self._probe(model, 0, 0.0)
        if self.accuracy:
            self.accuracy.begin()  # an attempt before this one ran out of memory
        self.since = (time.monotonic(), state.global_step)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> TrainerControl:
        self.report.progress(
            "training", state.global_step, state.max_steps, epoch=state.epoch, epochs=args.num_train_epochs
        )
        try:
            self.report.check()
        except Stopped:
            if state.global_step % (state.max_steps // args.num_train_epochs) == 0:
                raise  # going on from here would leave out the epoch's evaluation; the epoch is made again
            self.stopping = control.should_training_stop = control.should_save = True
        return control

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> TrainerControl:
        if self.stopping:  # the step above saved already; a stop does not wait for an evaluation
            control.should_evaluate = control.should_save = False
        return control

    def on_prediction_step(self, *_: Any, **__: Any) -> None:
        self.report.check()  # an evaluation cut short is made again after the epoch is

    def on_log(self, args: TrainingArguments, state: TrainerState, *_: Any, logs: dict[str, float], **__: Any) -> None:
        if "loss" not in logs:
            return
        if not math.isfinite(logs["loss"]):
            raise divergence.error(state.global_step, args.learning_rate)
        now, (then, step) = time.monotonic(), self.since
        batch = args.train_batch_size * args.gradient_accumulation_steps
        values = {
            "epoch": logs["epoch"],
            "loss": self._of_whole_batch(logs["loss"], args, state),
            "learning_rate": logs["learning_rate"],
            "items_per_second": (state.global_step - step) * batch / max(now - then, 1e-9),
        }
        self.since = (now, state.global_step)
        self.report.metrics("train", state.global_step, values)

    def _of_whole_batch(self, loss: float, args: TrainingArguments, state: TrainerState) -> float:
        """Where the last batch of an epoch is a short one: the mean with the batch before it. A few items waver more,
        and a contrastive loss is smaller the fewer are compared, so that each epoch would end in a tooth."""
        if self.ending == 1 or state.global_step % (state.max_steps // args.num_train_epochs):
            return loss
        before = [log["loss"] for log in state.log_history if "loss" in log and log["step"] == state.global_step - 1]
        return (before[-1] + self.ending * loss) / (1 + self.ending) if before else loss

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        *_: Any,
        metrics: dict[str, float],
        model: nn.Module,
        **__: Any,
    ) -> None:
        shown = {
            name.removeprefix("eval_"): value
            for name, value in metrics.items()
            if not name.endswith(("_runtime", "_per_second", "_time"))
        }
        if not math.isfinite(shown["loss"]):
            raise divergence.error(state.global_step, args.learning_rate)
        self.report.metrics("validation", state.global_step, shown)
        if self.accuracy and (accuracy := self.accuracy.taken()) is not None:
            self.report.metrics("epoch", state.global_step, {"epoch": shown["epoch"], "accuracy": accuracy})
        self._probe(model, state.global_step, shown["epoch"])
        self.since = (time.monotonic(), state.global_step)

    def _probe(self, model: nn.Module, step: int, epoch: float) -> None:
        if self.probe:
            self.report.metrics("probes", step, {"epoch": epoch, **self.probe(model)})

    def on_save(self, args: TrainingArguments, state: TrainerState, *_: Any, **__: Any) -> None:
        self.report.flush()  # a run that goes on from here does not measure again what came before
        if self.folder is not None:
            mark(self.folder, state.global_step)


class SurplusCallback(TrainerCallback):
    """Sees to what the process holds between steps, see `Surplus`; gives back all that is free after each epoch."""

    def __init__(self) -> None:
        self.surplus = Surplus()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self.surplus.look()

    def on_evaluate(self, *_: Any, **__: Any) -> None:
        give_back()


class CheckpointSpacing(TrainerCallback):
    """Leaves out the checkpoint of an epoch that is neither the best so far nor the last, where one was just written.

    Of 16 texts an epoch is one step, and to write what was learnt may take as long as to learn it. A training that
    breaks off makes the epochs since its last checkpoint again, with the same numbers.

    Comes behind what writes checkpoints through to the disk, whose time counts, and behind what ends a training.
    """

    def __init__(self) -> None:
        self.took, self.written, self.evaluated = 0.0, time.monotonic(), time.monotonic()

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        *,
        metrics: dict[str, float],
        **_: Any,
    ) -> TrainerControl:
        self.evaluated = time.monotonic()
        over = control.should_training_stop or state.global_step >= state.max_steps
        best = state.best_metric is None or metrics["eval_loss"] < state.best_metric
        due = self.took <= DEAR or self.evaluated - self.written >= APART * self.took
        if not (over or best or due):
            control.should_save = False
        return control

    def on_save(self, *_: Any, **__: Any) -> None:
        self.written = time.monotonic()
        self.took = self.written - self.evaluated
