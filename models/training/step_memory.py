"""How much memory a step of a training needs, found from the sizes of what it keeps, and whether there is so much.

A forward pass over two items, and over three, tells what is kept for the gradients of each further one. Nothing is
learnt, and chance and buffers are afterwards what they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import torch
from torch import Tensor, UntypedStorage, nn

from models import memory
from models.errors import N_
from models.progress import ProgressReporter
from models.training import gradient_checkpointing

FEWEST = 4  # items of a step, before what is computed is computed again in order to save memory
USABLE = 0.9  # of what is free: something is always in pieces
CGROUP = Path("/sys/fs/cgroup")
CHECKPOINTED = N_(
    "Memory for the full network is short: gradient checkpointing is on. Steps take about a third longer, with the "
    "same results."
)


def must_save(
    network: nn.Module, items: torch.utils.data.Dataset, batch: int, *, bf16: bool, free: float | None = None
) -> bool:
    """Whether steps of `FEWEST` items, or of a smaller `batch`, are too large for the memory and gradient checkpointing
    makes them smaller.

    Args:
        free: megabytes; by default those of the network's device.
    """
    if not gradient_checkpointing.blocks(network):
        return False
    try:
        each = item_mb(network, items, bf16=bf16)
    except (MemoryError, RuntimeError) as error:
        if not memory.ran_out(error):
            raise
        return True
    there = free_mb(next(network.parameters()).device) if free is None else free
    return state_mb(network) + min(FEWEST, batch) * each > USABLE * there


def tell(report: ProgressReporter) -> None:
    report.note(CHECKPOINTED)


def state_mb(network: nn.Module) -> float:
    """What learning holds beside the network: gradients, two moments, and the weights at the start."""
    moved = sum(one.numel() for one in network.parameters() if one.requires_grad)
    every = sum(one.numel() for one in network.state_dict().values())
    return 4 * (3 * moved + every) / 2**20


def item_mb(network: nn.Module, items: torch.utils.data.Dataset, *, bf16: bool) -> float:
    """What is kept for the gradients of one of the largest items."""
    lengths = getattr(items, "lengths", np.zeros(len(items)))
    largest = np.resize(np.argsort(-np.asarray(lengths), kind="stable"), 3).tolist()
    few, more = (kept_mb(network, items.__getitems__(largest[:count]), bf16=bf16) for count in (2, 3))
    return max(more - few, 0.0)


def kept_mb(network: nn.Module, batch: dict[str, Tensor], *, bf16: bool) -> float:
    """What a step on this batch keeps for its gradients, without the weights."""
    where = next(network.parameters()).device
    own = {one.untyped_storage().data_ptr() for one in network.state_dict().values()}
    kept: dict[int, UntypedStorage] = {}  # held, so that no address is used again

    def keep(one: Tensor) -> None:
        """Nothing goes back into the graph: a tensor that is held there by itself would never be let go."""
        storage = one.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage

    given = {name: value.to(where) if isinstance(value, Tensor) else value for name, value in batch.items()}
    hooks = torch.autograd.graph.saved_tensors_hooks(keep, lambda nothing: nothing)
    with _unmoved(network), torch.autocast(where.type, torch.bfloat16, enabled=bf16), hooks:
        network(**given)
    return sum(one.nbytes() for one in kept.values()) / 2**20


@contextmanager
def _unmoved(network: nn.Module) -> Iterator[None]:
    """Training mode; afterwards modes, buffers and chance are what they were."""
    modes = [(module, module.training) for module in network.modules()]
    buffers = [(one, one.clone()) for one in network.buffers()]
    with torch.random.fork_rng(), torch.enable_grad():
        try:
            network.train()
            yield
        finally:
            for module, mode in modes:
                module.training = mode
            with torch.no_grad():
                for one, before in buffers:
                    one.copy_(before)


def free_mb(where: torch.device) -> float:
    """What a training may take: of a card what is free and what this process holds there for later, as far as it may
    take; else what the machine and the group of this process have left."""
    if where.type == "cuda":
        free, whole = torch.cuda.mem_get_info(where)
        held, used = torch.cuda.memory_reserved(where), torch.cuda.memory_allocated(where)
        most = whole * torch.cuda.get_per_process_memory_fraction(where)
        return min(free + held - used, most - used) / 2**20
    return min(psutil.virtual_memory().available, _left_to_group()) / 2**20


def _left_to_group() -> float:
    """Bytes; without end where no group sets a limit."""
    try:
        most, held = ((CGROUP / name).read_text().strip() for name in ("memory.max", "memory.current"))
    except OSError:
        return float("inf")
    return float("inf") if most == "max" else float(int(most) - int(held))
