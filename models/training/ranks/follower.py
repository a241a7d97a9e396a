"""The processes beside the first: they train along whenever it trains, and wait otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from models import memory
from models.errors import InputError
from models.progress import QUIET, Stopped
from models.training import device, engine
from models.training.ranks.agreement import AgreedReporter
from models.training.ranks.group import Ranks
from models.training.running_accuracy import Right, counted


@dataclass(frozen=True)
class SharedWork:
    """What the first process tells the others of a training; see `models.training.trainer.fit`."""

    network: nn.Module
    training: torch.utils.data.Dataset
    plan: Any
    folder: Path
    right: Right | None
    halvings: int


def follow(ranks: Ranks) -> None:
    """Train along until the first process ends.

    Raises:
        RanksEnded, RuntimeError: it ended in the middle, or memory ran out.
    """
    while (work := _next(ranks)) is not None:
        with ranks.together(), memory.halved(work.halvings):
            _train_along(work, ranks)


def _next(ranks: Ranks) -> SharedWork | None:
    try:
        return ranks.told()
    except RuntimeError:  # it has told how it ended, and is gone
        return None


def _train_along(work: SharedWork, ranks: Ranks) -> None:
    report, network = AgreedReporter(QUIET, ranks), work.network.to(device.pick())
    start = {name: value.clone() for name, value in network.state_dict().items()}
    plan = work.plan.begun(memory.halvings())
    while True:
        with counted(network, work.right) as accuracy:
            trainer, _ = engine.made(network, work.training, work.training, plan, work.folder, None, report, None,
                                     accuracy)  # fmt: skip
            try:
                with engine.suited(network, plan, trainer, work.folder, report):
                    trainer.train(resume_from_checkpoint=ranks.told())
                report.check()
            except (Stopped, InputError):  # the first process tells it
                return
        if ranks.told():  # the training is over, and its best checkpoint is there
            return
        trainer.accelerator.unwrap_model(network, keep_fp32_wrapper=False)
        network.load_state_dict(start)
