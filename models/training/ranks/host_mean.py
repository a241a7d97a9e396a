"""The mean of the gradients of processes of one host, taken in memory that all of them see.

Where every core computes, nothing is won by sending meanwhile: who sends takes the core. Each process takes the mean of
a stretch of every bucket and reads what the others came to, so that no number is moved more often than it has to be.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor, nn

from models.training.ranks.group import Ranks

BUCKET = 25  # megabytes of gradients at once; a bucket is full with the weight by which it comes to as many
PIECE = 2**16  # gradients that stay in the cache of a core while they are added up


@dataclass(frozen=True)
class Area:
    """Bytes that one process writes and all see: its gradients in the stretches of others, and the means of its own.

    Means are written only once all have read those of the bucket before, gradients once all have added theirs.
    """

    gradients: Tensor
    means: Tensor


class HostMean:
    """What DistributedDataParallel asks for the mean of a bucket of gradients, in all processes at the same time."""

    def __init__(self, ranks: Ranks, areas: Sequence[Area]) -> None:
        """`areas`: of each process, as large as the largest bucket."""
        self.ranks, self.areas = ranks, areas

    def __call__(self, bucket: dist.GradBucket) -> torch.futures.Future[Tensor]:
        own = bucket.buffer()
        given, means = self._viewed(own)
        stretches = _stretches(len(own), self.ranks.size)
        mine = stretches[self.ranks.rank]
        others = [rank for rank in range(self.ranks.size) if rank != self.ranks.rank]
        for rank in others:
            given[self.ranks.rank][stretches[rank]] = own[stretches[rank]]
        self.ranks.meet()
        for start in range(mine.start, mine.stop, PIECE):
            piece = slice(start, min(start + PIECE, mine.stop))
            for rank in others:
                own[piece] += given[rank][piece]
            means[self.ranks.rank][piece] = own[piece].div_(self.ranks.size)
        self.ranks.meet()
        for rank in others:
            own[stretches[rank]] = means[rank][stretches[rank]]
        done: torch.futures.Future[Tensor] = torch.futures.Future()
        done.set_result(own)
        return done

    def _viewed(self, own: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """The areas as numbers like those of a bucket."""
        size = own.numel() * own.element_size()
        return ([one.gradients[:size].view(own.dtype) for one in self.areas],
                [one.means[:size].view(own.dtype) for one in self.areas])  # fmt: skip


def _stretches(length: int, parts: int) -> list[slice]:
    ends = [length * part // parts for part in range(parts + 1)]
    return [slice(start, stop) for start, stop in pairwise(ends)]


def of_host(ranks: Ranks, network: nn.Module) -> HostMean | None:
    """For the gradients of `network`; None where a process does not see the memory of another. All processes ask."""
    sizes = [one.numel() * one.element_size() for one in network.parameters() if one.requires_grad]
    on_card = any(one.device.type != "cpu" for one in network.parameters())
    if on_card or ranks.elsewhere or ranks.size == 1 or not hasattr(os, "memfd_create"):
        return None
    size = -(-min(sum(sizes), BUCKET * 2**20 + max(sizes)) // 8) * 8  # whole numbers of any kind
    own = os.memfd_create("gradients")
    try:
        os.ftruncate(own, 2 * size)
        areas = _opened(ranks.each([os.getpid(), own]), size)
        seen = ranks.total([float(areas is not None)])[0]
    finally:
        os.close(own)
    return HostMean(ranks, areas) if areas is not None and seen == ranks.size else None


def _opened(places: Sequence[Sequence[int]], size: int) -> list[Area] | None:
    """That of each process, given its number and that of the file there; None where the system refuses it."""
    areas = []
    try:
        for pid, file in places:
            with Path(f"/proc/{pid}/fd/{file}").open("r+b") as opened:
                content = torch.frombuffer(mmap.mmap(opened.fileno(), 2 * size), dtype=torch.uint8)
            areas.append(Area(content[:size], content[size:]))
    except OSError:
        return None
    return areas
