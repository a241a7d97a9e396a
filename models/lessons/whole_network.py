"""The training loop of an arm whose body learns too: the same as `models.lessons.trace`, batch by batch from the items.

The held-out part is many times what few examples are, so it is not judged after every epoch.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from models.lessons import trace
from models.lessons.data import ArmData
from models.lessons.epoch import Epoch, Point
from models.training.trainer import TrainingConfig

JUDGED = 3  # times that the held-out part is looked at
AT_ONCE = 32  # items that nothing is learnt from


class Items(Protocol):
    """Of a data set, by their places."""

    def __getitems__(self, picks: list[int]) -> dict[str, Tensor]:
        """A batch, as the network's forward takes it."""


def train(
    network: nn.Module, learnt: Items, asked: Items, data: ArmData, plan: TrainingConfig, *, order: int
) -> Iterator[Epoch | Point]:
    """Train `network` in place; yields after every epoch, an `Epoch` where the held-out part was judged. Loss and
    accuracy of the training part are those of its batches while they were learnt from.

    Args:
        learnt, asked: the items of the training and of the held-out part, in the order of the labels of `data`.
        order: seed of the order of the items.

    Raises:
        InputError: the loss left the numbers.
    """
    where = next(network.parameters()).device
    labels, count = torch.from_numpy(data.train_labels), len(data.train_labels)
    steps = math.ceil(count / plan.batch_size)
    optimizer = trace.optimizer_of(network, plan)
    schedule = trace.schedule_of(optimizer, plan, steps)
    random = torch.Generator().manual_seed(order)
    every = max(1, plan.epochs // JUDGED)
    for epoch in range(1, plan.epochs + 1):
        network.train()
        losses, right = [], 0
        for rows in torch.randperm(count, generator=random).split(plan.batch_size):
            batch = _batch(learnt, rows.tolist(), where) | {"labels": labels[rows].to(where)}
            optimizer.zero_grad()
            told = network(**batch)
            told["loss"].backward()
            optimizer.step()
            schedule.step()
            losses.append(float(told["loss"].detach()))
            right += int((told["logits"].argmax(1) == batch["labels"]).sum())
        if not np.isfinite(losses).all():
            raise trace.diverged(plan.learning_rate)
        if epoch % every and epoch != plan.epochs:
            yield Point(epoch, epoch * steps, {})
            continue
        logits = scores(network, asked, len(data.held_labels))
        yield trace.judged(logits, data, epoch=epoch, step=epoch * steps, train_loss=float(np.mean(losses)),
                           train_accuracy=right / count, losses=losses)  # fmt: skip


@torch.no_grad()
def scores(network: nn.Module, items: Items, count: int) -> Tensor:
    """(items, classes)"""
    network.eval()
    where = next(network.parameters()).device
    parts = torch.arange(count).split(AT_ONCE)
    return torch.cat([network(**_batch(items, rows.tolist(), where))["logits"].float().cpu() for rows in parts])


@torch.no_grad()
def features(network: nn.Module, items: Items, count: int) -> np.ndarray:
    """(items, width) that the body makes of them."""
    network.eval()
    where = next(network.parameters()).device
    parts = torch.arange(count).split(AT_ONCE)
    return torch.cat([network.features(**_batch(items, rows.tolist(), where)).float().cpu() for rows in parts]).numpy()


def _batch(items: Items, picks: list[int], where: torch.device) -> dict[str, Tensor]:
    """Without labels: an arm may have changed them."""
    return {name: value.to(where) for name, value in items.__getitems__(picks).items() if name != "labels"}
