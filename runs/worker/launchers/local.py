"""A fresh process on this host, forked from one that has torch loaded already: its first step comes at once."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from runs import machine, paths

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, SpawnContext

_loading: threading.Thread | None = None  # ends once the first process was forked


def context() -> ForkServerContext | SpawnContext:
    """forkserver, which imports the heavy libraries once; Windows has none and spawns."""
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(["runs.worker.preload"])
    return made


def warm_up() -> None:
    """Load the libraries now rather than when the first run waits; see `ready`."""
    global _loading
    if sys.platform != "win32":
        _loading = threading.Thread(target=_fork_once, name="libraries", daemon=True)
        _loading.start()


def ready() -> bool:
    """Whether a process starts at once. Until the libraries are loaded, which takes a minute on a busy machine, it
    would keep the agent from everything else."""
    return _loading is None or not _loading.is_alive()


def _fork_once() -> None:
    child = context().Process(target=os.getpid)
    child.start()
    child.join()


def start(identity: str, slot: int) -> BaseProcess:
    process = context().Process(target=_run, args=(identity, slot, dict(os.environ)))
    process.start()
    return process


def detach(identity: str) -> None:
    """Let this process write into the log of the run, and go its own way."""
    log = os.open(paths.logs() / f"{identity}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    if sys.platform != "win32":
        os.setsid()  # a signal to the agent's group is not meant for the run
        os.nice(10)  # pages come first


def _run(identity: str, slot: int, environment: dict[str, str]) -> None:
    os.environ.update(environment)
    if machine.gpus():
        os.environ["CUDA_VISIBLE_DEVICES"] = str(slot % len(machine.gpus()))  # before CUDA starts in this process
    detach(identity)
    import torch

    from runs.worker import worker

    torch.set_num_threads(machine.threads())
    worker.main(identity)
