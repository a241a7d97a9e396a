"""A stop in the middle of a step: on a CPU one step can take seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from models.progress import ProgressReporter
from models.training.checkpoints import MARK


class MidStepStop(TrainerCallback):
    """Asks for a stop at every module and gradient; the step that is cut short is made again on going on."""

    def __init__(self, report: ProgressReporter) -> None:
        self.report = report
        self.in_step = False
        self.hooks: list[Any] = []

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, *, model: nn.Module, **_: Any
    ) -> None:
        if args.device.type != "cpu":  # a step takes no time there, and remembering would wait for the device
            return
        self._remember(model)
        learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self.hooks = [module.register_forward_pre_hook(self._check) for module in model.modules()]
        self.hooks += [parameter.register_hook(self._check) for parameter in learning]

    def on_step_begin(self, *_: Any, **__: Any) -> None:
        self.in_step = True

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, *, model: nn.Module, **_: Any
    ) -> None:
        self.in_step = False
        if self.hooks:
            self._remember(model)

    def save(self, trainer: Trainer) -> None:
        """Write the checkpoint of the last whole step, if a step was under way and there is none yet.

        None of the end of an epoch: the evaluation has drawn from chance since. There one is, or was left out.
        """
        step, each = trainer.state.global_step, trainer.state.max_steps // int(trainer.args.num_train_epochs)
        complete = Path(trainer.args.output_dir) / f"checkpoint-{step}" / MARK
        if not (self.in_step and self.hooks and step % each) or complete.exists():
            return
        torch.set_rng_state(self.random)
        for name, buffer in trainer.model.named_buffers():
            buffer.copy_(self.buffers[name])
        trainer._save_checkpoint(trainer.model, None)
        trainer.callback_handler.on_save(trainer.args, trainer.state, trainer.control)

    def release(self) -> None:
        for hook in self.hooks:
            hook.remove()

    def _remember(self, model: nn.Module) -> None:
        """What a step changes before its end: chance and buffers; weights change at its very end."""
        self.random = torch.get_rng_state()
        self.buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}

    def _check(self, *_: Any) -> None:
        self.report.check()
