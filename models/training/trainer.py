"""Fine-tuning with `transformers.Trainer`: the one engine of every case.

Resuming after any interruption gives the same numbers, bit for bit, on the same machine and settings,
because evaluation and saving share one cadence (both draw from the random state), augmentation happens
inside the network's forward, and only checkpoints that were written to their end are used.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_model
from torch import nn
from transformers import Trainer

from models import memory
from models.errors import N_, InputError
from models.progress import ProgressReporter, Stopped
from models.storage import checksums
from models.training import checkpoints, engine, gradient_checkpointing, learnt_weights, step_memory
from models.training.checkpoints import STOPPED, TRAINED, Kept, Stop, forget_stop, kept, latest, note_stop
from models.training.engine import OPTIMIZERS, Measure, Probe, TrainingConfig
from models.training.ranks import group
from models.training.ranks.agreement import AgreedReporter
from models.training.ranks.follower import SharedWork
from models.training.running_accuracy import Right, RunningAccuracy, counted

LESS = N_("Choose LoRA as the trainable part, or a smaller model, or train the head only.")


def fit(
    network: nn.Module,
    training: torch.utils.data.Dataset,
    validation: torch.utils.data.Dataset,
    plan: TrainingConfig,
    folder: Path,
    measure: Measure,
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
        plan = _saving(network, training, plan, report)
        with _shared(network, training, plan, folder, report, right) as told, counted(network, right) as accuracy:
            _train(network, training, validation, plan, folder, measure, told, probe, accuracy)
        _write(network, trained)
    learnt_weights.load(network, trained)


def _saving(
    network: nn.Module, training: torch.utils.data.Dataset, plan: TrainingConfig, report: ProgressReporter
) -> TrainingConfig:
    """With gradient checkpointing where a body learns and the memory is too small for it otherwise."""
    if not plan.shared or not step_memory.must_save(network, training, plan.batch_size, bf16=plan.bf16):
        return plan
    step_memory.tell(report)
    return replace(plan, recomputed=True)


@contextmanager
def _shared(
    network: nn.Module, training: torch.utils.data.Dataset, plan: TrainingConfig, folder: Path,
    report: ProgressReporter, right: Right | None,
) -> Iterator[ProgressReporter]:  # fmt: skip
    """While this lasts the processes that were started with this one train along, if there are any; gives the reporter
    by which all hear the same."""
    ranks = group.current() if plan.shared else None
    if ranks is None:
        yield report
        return
    with ranks.together():
        ranks.told(SharedWork(network, training, plan, folder, right, memory.halvings()))
        yield AgreedReporter(report, ranks)


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
    learnt_weights.load(network, found.weights)
    return found


def _train(
    network: nn.Module,
    training: torch.utils.data.Dataset,
    validation: torch.utils.data.Dataset,
    plan: TrainingConfig,
    folder: Path,
    measure: Measure,
    report: ProgressReporter,
    probe: Probe | None,
    accuracy: RunningAccuracy | None,
) -> None:
    start = {name: value.clone() for name, value in network.state_dict().items()}
    if lost := checkpoints.drop_damaged(folder):
        report.note(N_("Damaged checkpoints skipped: {n}. Training resumes from an earlier one."), n=lost)
    forget_stop(folder)
    if memory.halvings():
        plan = plan.begun(memory.halvings())
        _tell(plan, report)
    while True:
        trainer, stop = engine.made(network, training, validation, plan, folder, measure, report, probe, accuracy)
        try:
            with engine.suited(network, plan, trainer, folder, report):
                trainer.train(resume_from_checkpoint=_told(report, latest(folder)))
            report.check()
            whole = checkpoints.has_its_best(folder, trainer.state.best_global_step)
            if _told(report, whole):
                checkpoints.keep_last(folder, trainer.state.global_step, trainer.state.best_global_step)
                return
            report.note(N_("The best checkpoint was damaged; training was repeated."))
            discard_checkpoints(folder)
        except Stopped:
            stop.save(trainer)
            _keep_last(trainer, folder)
            raise
        except (MemoryError, RuntimeError) as error:
            if not memory.ran_out(error):
                raise
            plan = _smaller(plan, network, error, report)
            if isinstance(report, AgreedReporter):
                raise  # the others stand in the middle of a step: all begin anew with smaller batches
        finally:
            stop.release()
            # the trainer had wrapped its forward to compute in 16 bits; whoever uses it next decides anew
            trainer.accelerator.unwrap_model(network, keep_fp32_wrapper=False)
        network.load_state_dict(start)
        del trainer
        memory.release()


def _told(report: ProgressReporter, value: Any) -> Any:
    """Let those that train along know, too."""
    return report.ranks.told(value) if isinstance(report, AgreedReporter) else value


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


def _smaller(plan: TrainingConfig, network: nn.Module, error: Exception, report: ProgressReporter) -> TrainingConfig:
    """The plan with half the batch that was too large: the one learnt from, or the one validated. A small batch is
    learnt from with gradient checkpointing before it becomes smaller."""
    learning = network.training
    size = plan.batch_size if learning else plan.validated
    if learning and size <= step_memory.FEWEST and not plan.recomputed and gradient_checkpointing.blocks(network):
        step_memory.tell(report)
        return replace(plan, recomputed=True)
    if size == 1:
        raise InputError(
            found=N_("A single training example does not fit into memory."),
            expected=N_("Memory must hold the model and one example."),
            remedy=LESS if _adapters_need_less(network) else N_("Choose a smaller model, or train the head only."),
        ) from error
    if not learning:
        smaller = replace(plan, watched=plan.validated // 2)
        report.note(N_("Memory ran out: batch size reduced to {n}."), n=smaller.validated)
        return smaller
    smaller = plan.halved()
    _tell(smaller, report)
    return smaller


def _adapters_need_less(network: nn.Module) -> bool:
    """Whether most of a pretrained body learns, so that LoRA would spare gradients and moments."""
    every = [*network.body.parameters()] if hasattr(network, "body") else []
    return sum(one.numel() for one in every if one.requires_grad) > sum(one.numel() for one in every) / 2


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
