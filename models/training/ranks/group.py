"""The processes that train together, as torchrun or Ray Train started them: who they are, what they tell each other.

All belong to one `gloo` group, over which they agree; gradients of cards go over `nccl`. To `transformers` each process
is alone: it divides no batches and pads none, so that the batches stay those of a single process.
"""

from __future__ import annotations

import logging
import os
import socket
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import getnode

import psutil
import torch
import torch.distributed as dist

from models import memory
from models.progress import Stopped
from models.training import device
from models.training.ranks.ended import RanksEnded
from models.training.ranks.handover import dumped, loaded

ENVIRONMENT = ("RANK", "LOCAL_RANK", "WORLD_SIZE")  # by these transformers would divide the work itself
PATIENCE = timedelta(days=30)  # the others wait while the first evaluates; a process that ends is noticed at once
WIRE = "/gloo/transport/"  # in what gloo says where a connection broke off, as the place in its code
GONE = 5.0  # seconds within which a process that has failed is over


class Ranks:
    """This process among `size`; the one with `rank` 0 leads.

    `threads`: of each while all compute; `alone`: of the first while the others wait.
    """

    def __init__(self, rank: int, size: int, *, threads: int, alone: int) -> None:
        self.rank, self.size, self.threads, self.alone = rank, size, threads, alone
        self.broken = False  # whether the others may wait for something else than this process does
        mine = torch.tensor([os.getpid(), _host()])
        found = [torch.zeros_like(mine) for _ in range(size)]
        dist.all_gather(found, mine)
        here = [int(pid) for pid, host in found if host == mine[1] and pid != mine[0]]
        self.others = [psutil.Process(pid) for pid in here]  # of this host
        self.elsewhere = size - 1 - len(here)

    @cached_property
    def gradients(self) -> dist.ProcessGroup:
        """Over which gradients are averaged; the first to ask waits for all others to ask, too."""
        return dist.new_group(backend="nccl") if device.pick().type == "cuda" else dist.group.WORLD

    def told(self, value: Any = None) -> Any:
        """What the first says; `value` counts of that one alone. All wait for it."""
        content = torch.frombuffer(bytearray(dumped(value)), dtype=torch.uint8) if self.rank == 0 else torch.empty(0)
        size = torch.tensor([len(content)])
        dist.broadcast(size, 0)
        if self.rank:
            content = torch.empty(int(size), dtype=torch.uint8)
        dist.broadcast(content, 0)
        return value if self.rank == 0 else loaded(content.numpy().tobytes())

    def heard(self, *, wish: bool) -> bool:
        """The same of a yes or no, asked at every step."""
        flag = torch.tensor([int(wish)])
        dist.broadcast(flag, 0)
        return bool(flag)

    def total(self, values: list[float]) -> list[float]:
        """Over all processes."""
        found = torch.tensor(values, dtype=torch.float64)
        dist.all_reduce(found)
        return found.tolist()

    def rows(self, mine: torch.Tensor) -> list[torch.Tensor]:
        """Those (items, width) of every process, which may have different numbers of them."""
        counts = [
            int(count) for count in self.total([float(len(mine)) * (one == self.rank) for one in range(self.size)])
        ]
        filled = mine.new_zeros(max(counts), mine.shape[1])
        filled[: len(mine)] = mine
        found = [torch.empty_like(filled) for _ in counts]
        dist.all_gather(found, filled, group=self.gradients)
        return [part[:count] for part, count in zip(found, counts, strict=True)]

    def meet(self) -> None:
        """Wait until all are here."""
        self.total([0.0])

    @contextmanager
    def together(self) -> Iterator[None]:
        """While this lasts all compute.

        Raises:
            RanksEnded: memory ran out, or another process is gone: the others cannot go on from where they are.
        """
        try:
            with _threads(self.threads):
                yield
        except Stopped:
            raise
        except BaseException as error:
            self.broken = True
            if isinstance(error, Exception) and (short := memory.ran_out(error)) | self._has_lost_one(error):
                raise RanksEnded(short=short) from error
            raise

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """While this lasts the others wait."""
        with _threads(self.alone):
            yield

    def dismiss(self) -> None:
        """Let the others end."""
        if not self.broken:
            self.told(None)
            dist.destroy_process_group()

    def _has_lost_one(self, error: Exception) -> bool:
        if not isinstance(error, RuntimeError):
            return False
        if self.elsewhere and (isinstance(error, dist.DistError) or WIRE in str(error)):
            return True  # nobody here can see whether it is gone
        gone, _alive = psutil.wait_procs(self.others, timeout=GONE)
        return bool(gone)


def _host() -> int:
    """The same number for processes that see each other: of one host, and there of one table of processes."""
    table = Path("/proc/self/ns/pid")
    seen = f"{socket.gethostname()} {getnode()} {table.stat().st_ino if table.exists() else 0}"
    return zlib.crc32(seen.encode())


_current: ContextVar[Ranks | None] = ContextVar("ranks", default=None)


def join(*, cores: int, threads: int | None = None) -> Ranks:
    """Meet the others that were started with this process.

    Args:
        cores: of the machine; shared evenly while all compute, unless `threads` says otherwise.
    """
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    if not dist.is_initialized():  # who started them, has not: then all are of this host
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo" if "lo" in psutil.net_if_addrs() else "lo0")
        dist.init_process_group("gloo", timeout=PATIENCE)
    logging.getLogger("transformers.training_args").setLevel(logging.ERROR)  # it warns of a group that it does not use
    for name in ENVIRONMENT:
        os.environ.pop(name, None)
    return Ranks(rank, size, threads=threads or max(1, cores // size), alone=threads or cores)


@contextmanager
def among(ranks: Ranks) -> Iterator[None]:
    """Within it, trainings that can be shared are shared with these processes."""
    before = _current.set(ranks)
    try:
        yield
    finally:
        _current.reset(before)


def current() -> Ranks | None:
    """Those to share a training with; None where there are none, or where they wait for something else."""
    ranks = _current.get()
    return None if ranks is None or ranks.broken else ranks


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
