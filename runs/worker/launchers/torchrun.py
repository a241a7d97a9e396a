"""Several processes on this host that train together, by `torch.distributed.run`: the first does the whole run.

It starts one process for each card that the run has, or as many as were asked for on the processor, and ends all of
them when one fails.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

from runs import machine
from runs.store import queue
from runs.worker.launchers import local

ROOT = Path(__file__).parents[3]
POSSIBLE = sys.platform != "win32"


def most() -> int:
    """How many processes of this host can train together: its cards, else its cores."""
    return (len(machine.gpus()) or machine.cores()) if POSSIBLE else 1


def cards(slot: int, processes: int) -> list[int]:
    """The graphics cards of a run that has this slot and those after it; none on a host without."""
    return [*range(slot, slot + processes)][: len(machine.gpus())]


def command(run: str, processes: int, *more: str) -> list[str]:
    return [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--local-addr", "127.0.0.1",
        "--nproc-per-node", str(processes), "-m", "runs.worker.ranks", run, *more,
    ]  # fmt: skip


def environment(found: Sequence[int]) -> dict[str, str]:
    """As the processes find it; each takes one of the cards `found`."""
    seen = {"CUDA_VISIBLE_DEVICES": ",".join(map(str, found))} if found else {}
    quiet = {"TORCH_CPP_LOG_LEVEL": "ERROR"}  # else each remarks on what costs little
    return {**os.environ, **quiet, "OMP_NUM_THREADS": str(machine.threads()), **seen}  # torch's are set by each itself


def start(identity: str, slot: int) -> BaseProcess:
    process = local.context().Process(target=_run, args=(identity, slot, dict(os.environ)))
    process.start()
    return process


def _run(identity: str, slot: int, given: dict[str, str]) -> None:
    os.environ.update(given)
    local.detach(identity)
    queue.sign_in(identity)  # the process stays the same; the first of those that it starts signs in for it
    processes = min(queue.processes(identity), most())
    os.chdir(ROOT)
    os.execve(sys.executable, command(identity, processes), environment(cards(slot, processes)))


def wait(identity: str, processes: int, *more: str) -> int:
    """Start them from this process, and return the status with which they end."""
    found = cards(0, processes)
    return subprocess.run(command(identity, processes, *more), cwd=ROOT, env=environment(found), check=False).returncode
