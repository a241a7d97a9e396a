"""The training loop of a lesson, as the book writes it, with everything traced that a lesson may ask for.

The trainer of the app keeps checkpoints and ends where the loss leaves the numbers. A lesson keeps none, and shows
what is wrong on purpose: it takes milliseconds, and the weights are those of the last epoch, not of the best.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LRScheduler
from transformers import Adafactor, get_scheduler

from models.errors import N_, InputError
from models.evaluation import metrics
from models.lessons import plane
from models.lessons.data import ArmData
from models.lessons.epoch import Epoch
from models.lessons.network import DeepHead
from models.training.trainer import TrainingConfig

MOST_BATCHES = 60  # losses of batches that are kept of an epoch


def train(network: DeepHead, loss: nn.Module, data: ArmData, plan: TrainingConfig, *, order: int) -> Iterator[Epoch]:
    """Train `network` in place; yields before the first step and after every epoch. Ends early where `plan.patience`
    epochs brought no lower loss on the held-out part.

    Args:
        order: seed of the order of the items.

    Raises:
        InputError: the loss left the numbers before the first epoch was over.
    """
    x, y = torch.from_numpy(np.asarray(data.train, np.float32)), torch.from_numpy(data.train_labels)
    network.head.standardise(x)
    steps = math.ceil(len(x) / plan.batch_size)
    optimizer = optimizer_of(network, plan)
    schedule = schedule_of(optimizer, plan, steps)
    random = torch.Generator().manual_seed(order)
    told = _measured(network, data, 0, 0)
    yield told
    best, waited = told.loss, 0
    for epoch in range(1, plan.epochs + 1):
        losses, norms = [], []
        network.train()
        for rows in torch.randperm(len(x), generator=random).split(plan.batch_size):
            optimizer.zero_grad()
            value = loss(network(x[rows]), y[rows])
            value.backward()
            norms.append(float(network.first.weight.grad.norm()))
            optimizer.step()
            schedule.step()
            losses.append(float(value.detach()))
        if not np.isfinite(losses).all():
            if epoch == 1:
                raise diverged(plan.learning_rate)
            return
        told = _measured(network, data, epoch, epoch * steps, norms, losses)
        yield told
        best, waited = (told.loss, 0) if told.loss < best else (best, waited + 1)
        if plan.patience and waited >= plan.patience:
            return


def kept(epochs: Sequence[Epoch], patience: int) -> Epoch:
    """The epoch whose weights count: the last, and with early stopping that of the lowest loss."""
    return min(epochs, key=lambda one: one.loss) if patience else epochs[-1]


def optimizer_of(network: nn.Module, plan: TrainingConfig) -> torch.optim.Optimizer:
    """With the constants that `transformers.Trainer` has."""
    weights = [one for one in network.parameters() if one.ndim > 1]
    biases = [one for one in network.parameters() if one.ndim <= 1]  # which no weight decay pulls at
    groups = [{"params": weights, "weight_decay": plan.weight_decay}, {"params": biases, "weight_decay": 0.0}]
    made = {
        "adamw": lambda: torch.optim.AdamW(groups, lr=plan.learning_rate),
        "sgd": lambda: torch.optim.SGD(groups, lr=plan.learning_rate),
        "adafactor": lambda: Adafactor(groups, lr=plan.learning_rate, scale_parameter=False, relative_step=False),
    }
    return made[plan.optimizer]()


def schedule_of(optimizer: torch.optim.Optimizer, plan: TrainingConfig, steps: int) -> LRScheduler:
    """`steps`: of an epoch."""
    return get_scheduler(plan.schedule, optimizer, num_warmup_steps=int(plan.warmup * steps * plan.epochs),
                         num_training_steps=steps * plan.epochs)  # fmt: skip


@torch.no_grad()
def _measured(
    network: nn.Module, data: ArmData, epoch: int, step: int, norms: Sequence[float] = (), losses: Sequence[float] = ()
) -> Epoch:
    network.eval()
    learnt, asked = (network(torch.from_numpy(np.asarray(x, np.float32))) for x in (data.train, data.held))
    train_loss, right, _, _ = _told(learnt, data.train_labels)
    told = judged(asked, data, epoch=epoch, step=step, train_loss=train_loss, train_accuracy=float(right.mean()),
                  norms=norms, losses=losses)  # fmt: skip
    return replace(told, plane=plane.of(network, data)) if data.plane else told


def judged(
    logits: Tensor, data: ArmData, *, epoch: int, step: int, train_loss: float, train_accuracy: float,
    norms: Sequence[float] = (), losses: Sequence[float] = (),
) -> Epoch:  # fmt: skip
    """By the scores of the held-out part, (items, classes).

    Args:
        norms, losses: of the steps of this epoch: the gradient's at the first layer, and the loss.
    """
    loss, right, confidence, predicted = _told(logits, data.held_labels)
    of_rarest = data.held_labels == data.rarest
    jumps = np.diff(losses) if len(losses) > 1 else np.zeros(1)
    return Epoch(
        epoch=epoch, step=step, loss=loss, accuracy=float(right.mean()), train_loss=train_loss,
        train_accuracy=train_accuracy, gap=loss - train_loss, confidence=confidence,
        clean_accuracy=_mean(right[~data.leaked]), rarest_recall=_mean(right[of_rarest]),
        macro_f1=metrics.macro_f1(data.held_labels, predicted),
        gradient=_mean(np.array(norms)), noise=float(np.std(jumps)),
        batches=[round(one, 4) for one in losses[:: max(1, len(losses) // MOST_BATCHES)]],
    )  # fmt: skip


def _told(logits: Tensor, labels: np.ndarray) -> tuple[float, np.ndarray, float, np.ndarray]:
    """Loss, which are right, mean confidence, and the predicted classes."""
    chances, predicted = logits.softmax(1), logits.argmax(1)
    loss, confidence = nn.functional.cross_entropy(logits, torch.from_numpy(labels)), chances.max(1).values.mean()
    return float(loss), (predicted.numpy() == labels), float(confidence), predicted.numpy()


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0


def diverged(learning_rate: float) -> InputError:
    """The loss left the numbers."""
    return InputError(
        found=N_("The loss became NaN or infinite in the first epoch."),
        expected=N_("A lesson needs numbers to draw; the learning rate was {rate:g}."),
        remedy=N_("Choose other data, or the sample."),
        rate=learning_rate,
    )
