"""Fine-tuning with `transformers.Trainer`: the one engine of every case.

Resuming after any interruption gives the same numbers, bit for bit, on the same machine and settings,
because evaluation and saving share one cadence (both draw from the random state), augmentation happens
inside the network's forward, and only checkpoints that were written to their end are used.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_model, save_model
from torch import nn
from transformers import EarlyStoppingCallback, PrinterCallback, Trainer, TrainingArguments
from transformers.trainer_utils import EvalPrediction

from models import memory
from models.errors import N_, InputError
from models.progress import ProgressReporter, Stopped
from models.storage import checksums
from models.training import checkpoints, device, layer_rates
from models.training.batches import Ordered
from models.training.callbacks import ProgressCallback
from models.training.checkpoints import STOPPED, TRAINED, Kept, Stop, forget_stop, kept, latest, note_stop
from models.training.mid_step_stop import MidStepStop
from models.training.running_accuracy import Right, RunningAccuracy, counted

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
            plan = plan.halved() if plan.batch_size > 1 else plan
        return plan


def fit(
    network: nn.Module,
    training: torch.utils.data.Dataset,
    validation: torch.utils.data.Dataset,
    plan: TrainingConfig,
    folder: Path,
    measure: Callable[[EvalPrediction], dict[str, float]],
    report: ProgressReporter,
    probe: Probe | None = None,
    right: Right | None = None,
) -> None:
    """Train `network` in place and leave it with the weights of the best epoch.

    Args:
        network: takes a batch's entries by name, returns {"loss", "logits"}.
        training, validation: `__getitems__(rows)` returns a batch as a dictionary of tensors with "labels". Where
            `training` has `lengths` (items,), its batches are made of items of like length.
        folder: where checkpoints are kept; found there, they are gone on from.
        measure: metrics of the validation part from all its logits and labels, or from what the network says then.
        probe: asked before the first step and at each evaluation; its answer, fit for JSON, is reported as "probes".
            It must leave the network's modes and the random state as they are.
        right: how many of a training batch the network names rightly; their share of each epoch is reported as "epoch".

    Raises:
        Stopped: a person asked to; the checkpoint to go on from is written.
        InputError: the loss left the numbers, or the memory does not hold one item.
    """
    trained = folder / TRAINED
    if not checkpoints.weights_are_whole(trained):
        checksums.discard(trained)
        with counted(network, right) as accuracy:
            _train(network, training, validation, plan, folder, measure, report, probe, accuracy)
        _write(network, trained)
    load_model(network, str(trained))


def _write(network: nn.Module, path: Path) -> None:
    """All of the weights or nothing: the machine may go down meanwhile."""
    partial = path.with_suffix(".partial")
    save_model(network, str(partial))
    checksums.settle(partial, path)


def load_best(network: nn.Module, folder: Path) -> Kept:
    """Give `network` the weights that a stopped training keeps, and say which they are.

    Raises:
        InputError: it was stopped before its first step was done.
    """
    found = kept(folder)
    if found is None:
        raise InputError(
            found=N_("The run was stopped before its first training step."),
            expected=N_("At least one training step must be completed."),
            remedy=N_("Resume the run, or delete it."),
        )
    load_model(network, str(found.weights))
    return found


def _train(
    network: nn.Module,
    training: torch.utils.data.Dataset,
    validation: torch.utils.data.Dataset,
    plan: TrainingConfig,
    folder: Path,
    measure: Callable[[EvalPrediction], dict[str, float]],
    report: ProgressReporter,
    probe: Probe | None,
    accuracy: RunningAccuracy | None,
) -> None:
    measured = hasattr(training, "lengths")
    start = {name: value.clone() for name, value in network.state_dict().items()}
    if lost := checkpoints.drop_damaged(folder):
        report.note(N_("Damaged checkpoints skipped: {n}. Training resumes from an earlier one."), n=lost)
    forget_stop(folder)
    if memory.halvings():
        plan = plan.begun(memory.halvings())
        _tell(plan, report)
    while True:
        interrupting = MidStepStop(report)
        trainer = Trainer(
            model=network,
            args=_arguments(plan, folder, len(training), ordered=measured),
            data_collator=_as_it_is,
            train_dataset=Ordered(training, plan.batch_size * plan.accumulation, plan.seed) if measured else training,
            eval_dataset=validation,
            compute_metrics=measure,
            # interrupting comes first: whoever stops at the end of a step must find that the step is over
            callbacks=[interrupting, ProgressCallback(report, folder, probe, accuracy), *_early_stopping(plan)],
        )
        trainer.remove_callback(PrinterCallback)
        if plan.rates:
            layer_rates.apply(trainer.create_optimizer(), network, plan.rates)
        try:
            trainer.train(resume_from_checkpoint=latest(folder))
            report.check()
            if checkpoints.has_its_best(folder, trainer.state.best_global_step):
                checkpoints.keep_last(folder, trainer.state.global_step, trainer.state.best_global_step)
                return
            report.note(N_("The best checkpoint was damaged; training was repeated."))
            discard_checkpoints(folder)
        except Stopped:
            interrupting.save(trainer)
            _keep_last(trainer, folder)
            raise
        except (MemoryError, RuntimeError) as error:
            if not memory.ran_out(error):
                raise
            plan = _smaller(plan, error, report, learning=network.training)
        finally:
            interrupting.release()
            # the trainer had wrapped its forward to compute in 16 bits; whoever uses it next decides anew
            trainer.accelerator.unwrap_model(network, keep_fp32_wrapper=False)
        network.load_state_dict(start)
        del trainer
        memory.release()


def _keep_last(trainer: Trainer, folder: Path) -> None:
    """Say where the training was stopped, and keep the weights of its last step where no checkpoint has better ones.

    They are to be evaluated, not to be gone on from: whoever goes on makes the epoch's last steps again, so that its
    evaluation draws the same numbers.
    """
    state = trainer.state
    if not state.global_step:
        return
    note_stop(folder, Stop(state.global_step, state.max_steps, int(trainer.args.num_train_epochs)))
    if state.best_model_checkpoint is None and not (folder / f"checkpoint-{state.global_step}").exists():
        _write(trainer.model, folder / STOPPED)


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
        dataloader_pin_memory=torch.cuda.is_available(),
        remove_unused_columns=False,
        report_to="none",
        disable_tqdm=True,
    )


def _early_stopping(plan: TrainingConfig) -> list[EarlyStoppingCallback]:
    return [EarlyStoppingCallback(plan.patience)] if plan.patience else []


def _as_it_is(batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The data sets make whole batches themselves."""
    return batch


def _smaller(plan: TrainingConfig, error: Exception, report: ProgressReporter, *, learning: bool) -> TrainingConfig:
    """The plan with half the batch that was too large: the one learnt from, or the one validated."""
    if (plan.batch_size if learning else plan.validated) == 1:
        raise InputError(
            found=N_("A single training example does not fit into memory."),
            expected=N_("Memory must hold the model and one example."),
            remedy=N_("Choose a smaller model, or train the head only."),
        ) from error
    if not learning:
        smaller = replace(plan, watched=plan.validated // 2)
        report.note(N_("Memory ran out: batch size reduced to {n}."), n=smaller.validated)
        return smaller
    smaller = plan.halved()
    _tell(smaller, report)
    return smaller


def _tell(smaller: TrainingConfig, report: ProgressReporter) -> None:
    report.note(
        N_("Memory ran out: batch size reduced to {batch}, with gradients accumulated over {steps} batches. The "
           "effective batch size is unchanged."),
        batch=smaller.batch_size,
        steps=smaller.accumulation,
    )  # fmt: skip


def discard_checkpoints(folder: Path) -> None:
    """Remove what only a resume would need, once the run is done."""
    for checkpoint in folder.glob("checkpoint-*"):
        shutil.rmtree(checkpoint)


__all__ = ["OPTIMIZERS", "Stopped", "TrainingConfig", "discard_checkpoints", "fit", "load_best"]
