"""`transformers.Trainer` with what this project decided of it, for one process or for one of several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import EarlyStoppingCallback, PrinterCallback, Trainer, TrainingArguments
from transformers.trainer_utils import EvalPrediction

from models.progress import ProgressReporter
from models.training import (
    channels_last,
    compilation,
    device,
    gradient_checkpointing,
    layer_rates,
    prefetch,
    quick_dropout,
)
from models.training.batches import Alike, Ordered
from models.training.callbacks import CheckpointSpacing, ProgressCallback, SurplusCallback
from models.training.learnt_weights import LearntWeightsTrainer
from models.training.mid_step_stop import MidStepStop
from models.training.ranks.agreement import AgreedReporter, StopTogether
from models.training.ranks.shares import Shares
from models.training.ranks.trainer import RankTrainer
from models.training.running_accuracy import RunningAccuracy

Measure = Callable[[EvalPrediction], dict[str, float]]
Probe = Callable[[nn.Module], Mapping[str, Any]]
OPTIMIZERS = {"adamw": "adamw_torch_fused", "sgd": "sgd", "adafactor": "adafactor"}


@dataclass(frozen=True)
class TrainingConfig:
    """What the person decided about the training, and what the machine allows."""

    epochs: int
    batch_size: int
    learning_rate: float
    optimizer: str
    schedule: str
    warmup: float
    weight_decay: float
    patience: int
    seed: int
    bf16: bool
    accumulation: int = 1
    rates: Mapping[str, float] = field(default_factory=dict)  # parameter → times the rate, see `layer_rates`
    looked_at: int = 64  # items of the validation part at once, where a batch is smaller
    watched: int | None = None  # the same, where the memory holds no more
    shared: bool = False  # whether it is worth sharing out among several processes, where there are such
    recomputed: bool = False  # what blocks compute is computed again for their gradients, see `gradient_checkpointing`
    spaced: bool = True  # an epoch may end without a checkpoint, see `callbacks.CheckpointSpacing`

    @property
    def validated(self) -> int:
        """Items of the validation part at once."""
        return self.watched or max(self.batch_size, self.looked_at)

    def halved(self) -> TrainingConfig:
        """The same effective batch in half the memory."""
        return replace(self, batch_size=self.batch_size // 2, accumulation=self.accumulation * 2)

    def begun(self, halvings: int) -> TrainingConfig:
        """What a process begins with after others were killed for want of memory."""
        plan = replace(self, watched=max(1, self.validated >> halvings)) if halvings else self
        for _ in range(halvings):
            plan = plan.halved() if plan.batch_size > 1 else replace(plan, recomputed=True)
        return plan


def made(
    network: nn.Module,
    training: torch.utils.data.Dataset,
    validation: torch.utils.data.Dataset,
    plan: TrainingConfig,
    folder: Path,
    measure: Measure | None,
    report: ProgressReporter,
    probe: Probe | None,
    accuracy: RunningAccuracy | None,
) -> tuple[Trainer, MidStepStop | StopTogether]:
    """The trainer, and what hears a wish to stop. An `AgreedReporter` says that several processes train together."""
    measured, where = hasattr(training, "lengths"), device.pick()
    looked_at = Alike(validation) if hasattr(validation, "lengths") else validation
    items = Ordered(training, plan.batch_size * plan.accumulation, plan.seed) if measured else training
    ordered = hasattr(items, "set_epoch")  # they have an order of their own in each epoch
    given: dict[str, Any] = dict(
        model=network,
        args=_arguments(plan, folder, len(training), ordered=ordered),
        data_collator=_as_it_is,
        eval_dataset=prefetch.ahead(looked_at, where),
        compute_metrics=measure,
    )
    stop: MidStepStop | StopTogether
    if isinstance(report, AgreedReporter):
        stop, ranks = StopTogether(report), report.ranks
        mine = prefetch.ahead(Shares(items, ranks.rank, ranks.size), where)
        trainer = RankTrainer(report, accuracy, train_dataset=mine, **given)
        marked = None if ranks.rank else folder
    else:
        trainer = LearntWeightsTrainer(train_dataset=prefetch.ahead(items, where), **given)
        stop, marked = MidStepStop(report), folder
    # several processes would not agree on what time it is
    spacing = [CheckpointSpacing()] if plan.spaced and not isinstance(report, AgreedReporter) else []
    # what stops comes first: whoever stops at the end of a step must find that the step is over
    full = plan.batch_size * plan.accumulation
    progress = ProgressCallback(report, marked, probe, accuracy, ending=(len(training) % full or full) / full)
    for callback in (stop, progress, *_early_stopping(plan), *spacing, SurplusCallback()):
        trainer.add_callback(callback)
    trainer.remove_callback(PrinterCallback)
    if plan.rates:
        layer_rates.apply(trainer.create_optimizer(), network, plan.rates)
    return trainer, stop


@contextmanager
def suited(
    network: nn.Module, plan: TrainingConfig, trainer: Trainer, folder: Path, report: ProgressReporter
) -> Iterator[None]:
    """While this lasts the network is as its device and its memory want it: see `gradient_checkpointing`,
    `quick_dropout` for processors, `channels_last` and `compilation` for cards."""
    where = next(network.parameters()).device
    alone = where.type == "cuda" and not plan.recomputed and not isinstance(report, AgreedReporter)
    with (
        gradient_checkpointing.recomputed(network, wanted=plan.recomputed),
        quick_dropout.drawn(network, wanted=where.type == "cpu"),
        channels_last.ordered(network, wanted=channels_last.suits(network, where)),
        compilation.tried(network, trainer, folder, report, wanted=alone),
    ):
        yield


def _arguments(plan: TrainingConfig, folder: Path, items: int, *, ordered: bool) -> TrainingArguments:
    steps = -(-items // (plan.batch_size * plan.accumulation))
    return TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=plan.epochs,
        per_device_train_batch_size=plan.batch_size,
        per_device_eval_batch_size=plan.validated,
        gradient_accumulation_steps=plan.accumulation,
        train_sampling_strategy="sequential" if ordered else "random",
        learning_rate=plan.learning_rate,
        lr_scheduler_type=plan.schedule,
        warmup_steps=plan.warmup,
        weight_decay=plan.weight_decay,
        optim=OPTIMIZERS[plan.optimizer],
        bf16=plan.bf16,
        use_cpu=device.pick().type == "cpu",  # else bf16 is refused where there is no GPU
        seed=plan.seed,
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model="loss",
        greater_is_better=False,
        restore_callback_states_from_checkpoint=True,
        logging_steps=max(1, min(steps, steps * plan.epochs // 400)),
        logging_nan_inf_filter=False,  # a NaN must be seen, not logged as 0
        dataloader_pin_memory=False,  # on a card `prefetch` does so
        remove_unused_columns=False,
        report_to="none",
        disable_tqdm=True,
    )


def _early_stopping(plan: TrainingConfig) -> list[EarlyStoppingCallback]:
    return [EarlyStoppingCallback(plan.patience)] if plan.patience else []


def _as_it_is(batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The data sets make whole batches themselves."""
    return batch
