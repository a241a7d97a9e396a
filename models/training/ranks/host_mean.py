"""The mean of the gradients of processes of one host, taken in memory that all of them see.

Where every core computes, nothing is won by sending meanwhile: who sends takes the core. What sockets need for the
gradients of 20 million weights is a sixth of a small encoder's step; in memory it is a third of that.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor, nn

from models.training.ranks.group import Ranks

BUCKET = 25  # megabytes of gradients at once; a bucket is full with the weight by which it comes to as many


class HostMean:
    """What DistributedDataParallel asks for the mean of a bucket of gradients, in all processes at the same time."""

    def __init__(self, ranks: Ranks, parts: Sequence[Tensor]) -> None:
        """`parts`: bytes of each process that all of them see, as many as the largest bucket has."""
        self.ranks, self.parts = ranks, parts

    def __call__(self, bucket: dist.GradBucket) -> torch.futures.Future[Tensor]:
        gradients = bucket.buffer()
        size = gradients.numel() * gradients.element_size()
        parts = [part[:size].view(gradients.dtype) for part in self.parts]
        torch.div(gradients, self.ranks.size, out=parts[self.ranks.rank])
        self.ranks.meet()
        torch.add(parts[0], parts[1], out=gradients)  # in the order of the processes: all come to the same numbers
        for part in parts[2:]:
            gradients += part
        self.ranks.meet()  # before anyone writes the next bucket there
        done: torch.futures.Future[Tensor] = torch.futures.Future()
        done.set_result(gradients)
        return done


def of_host(ranks: Ranks, network: nn.Module) -> HostMean | None:
    """For the gradients of `network`; None where a process does not see the memory of another. All processes ask."""
    sizes = [one.numel() * one.element_size() for one in network.parameters() if one.requires_grad]
    on_card = any(one.device.type != "cpu" for one in network.parameters())
    if on_card or ranks.elsewhere or ranks.size == 1 or not hasattr(os, "memfd_create"):
        return None
    size = min(sum(sizes), BUCKET * 2**20 + max(sizes))
    own = os.memfd_create("gradients")
    try:
        os.ftruncate(own, size)
        parts = _opened(ranks.each([os.getpid(), own]), size)
        seen = ranks.total([float(parts is not None)])[0]
    finally:
        os.close(own)
    return HostMean(ranks, parts) if parts is not None and seen == ranks.size else None


def _opened(places: Sequence[Sequence[int]], size: int) -> list[Tensor] | None:
    """The memory of each process, given its number and that of the file there; None where the system refuses it."""
    parts = []
    try:
        for pid, file in places:
            with Path(f"/proc/{pid}/fd/{file}").open("r+b") as opened:
                parts.append(torch.frombuffer(mmap.mmap(opened.fileno(), size), dtype=torch.uint8))
    except OSError:
        return None
    return parts
