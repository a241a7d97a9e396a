"""`transformers.Trainer` in one of several processes: torch's DistributedDataParallel, with the numbers of one process.

The first process evaluates and writes the checkpoints; the others wait meanwhile, and keep the state of their own
chance in them.
"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from transformers import TrainerControl, set_seed

from models.errors import InputError
from models.progress import Stopped
from models.training.learnt_weights import LearntWeightsTrainer
from models.training.ranks import comparison
from models.training.ranks.agreement import AgreedReporter
from models.training.ranks.shares import COUNTED, weight
from models.training.running_accuracy import RunningAccuracy


class RankTrainer(LearntWeightsTrainer):
    """Trains along with the other processes; `train_dataset` holds this one's `Shares`."""

    control: TrainerControl

    def __init__(self, report: AgreedReporter, accuracy: RunningAccuracy | None, **given: Any) -> None:
        self.report, self.ranks, self.accuracy = report, report.ranks, accuracy
        super().__init__(**given)

    def _prepare_for_training(self, *given: Any, **named: Any) -> tuple[nn.Module, Any]:
        """The order of the items was drawn alike by all; what is drawn from here on differs."""
        model, loader = super()._prepare_for_training(*given, **named)
        if self.ranks.rank:
            set_seed(self.args.seed + self.ranks.rank)
        self.model_wrapped = DistributedDataParallel(
            model, process_group=self.ranks.gradients, find_unused_parameters=True
        )
        return self.model_wrapped, loader

    def training_step(self, model: nn.Module, *given: Any, **named: Any) -> torch.Tensor:
        with nullcontext() if self.accelerator.sync_gradients else model.no_sync():
            return super().training_step(model, *given, **named)

    def compute_loss(self, model: nn.Module, inputs: dict[str, Any], *given: Any, **named: Any) -> Any:
        """In training, so that the mean over the processes is the loss of the whole batch."""
        if COUNTED not in inputs:
            return super().compute_loss(model, inputs, *given, **named)
        counted = inputs.pop(COUNTED)
        mine = counted * weight(self.model, inputs["labels"])
        factor = mine * self.ranks.size / self.ranks.total([mine])[0]
        ignoring = self.accuracy.ignoring() if self.accuracy and not counted else nullcontext()
        with ignoring, comparison.of_all(self.model, self.ranks, factor):
            return super().compute_loss(model, inputs, *given, **named) * factor

    def _maybe_log_save_evaluate(self, tr_loss: torch.Tensor, *given: Any, **named: Any) -> None:
        if self.control.should_log and self.state.global_step > self._globalstep_last_logged:
            tr_loss.fill_(self.ranks.total([tr_loss.item()])[0] / self.ranks.size)
        super()._maybe_log_save_evaluate(tr_loss, *given, **named)

    def evaluate(self, *given: Any, **named: Any) -> dict[str, float]:
        if self.accuracy:
            self.accuracy.got, self.accuracy.seen = self._counted(self.accuracy)
        if self.ranks.rank:
            return self._evaluated(self.ranks.told())
        try:
            with self.ranks.waiting(), self.report.by_itself():
                metrics = super().evaluate(*given, **named)
        except (Stopped, InputError):
            self.ranks.told(None)
            raise
        return self.ranks.told(metrics)

    def _evaluated(self, metrics: dict[str, float] | None) -> dict[str, float]:
        if metrics is None:
            raise Stopped
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def _counted(self, accuracy: RunningAccuracy) -> tuple[torch.Tensor, int]:
        """Right answers and all answers of all processes."""
        right, seen = self.ranks.total([accuracy.got.item(), accuracy.seen])
        return torch.tensor(right), int(seen)

    def _save_checkpoint(self, model: nn.Module, trial: Any) -> None:
        if self.ranks.rank == 0:
            super()._save_checkpoint(model, trial)
        self.ranks.meet()
        if self.ranks.rank:
            self._save_rng_state(str(Path(self.args.output_dir) / f"checkpoint-{self.state.global_step}"))
        self.ranks.meet()

    def _save_rng_state(self, output_dir: str) -> None:
        super()._save_rng_state(self._own(output_dir))

    def _load_rng_state(self, checkpoint: str | None) -> None:
        super()._load_rng_state(self._own(checkpoint) if checkpoint else None)

    def _own(self, checkpoint: str) -> str:
        """Where this process keeps the state of its chance; the first where a single process does."""
        return str(Path(checkpoint) / f"rank-{self.ranks.rank}") if self.ranks.rank else checkpoint
