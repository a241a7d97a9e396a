"""What the machine is and how busy it is."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil

VMSTAT = Path("/proc/vmstat")
GROUP, GROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")  # the control groups of this process, and all


@cache
def gpus() -> tuple[tuple[str, int], ...]:
    """Name and memory in MB of each NVIDIA GPU, asked of the driver: torch would take a context for it."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:  # no driver: no GPU
        return ()
    handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
    return tuple((pynvml.nvmlDeviceGetName(h), pynvml.nvmlDeviceGetMemoryInfo(h).total // 2**20) for h in handles)


def gpu_use() -> list[dict[str, int | str]]:
    """Of each NVIDIA GPU its name, its memory and, where it tells, how much of that is used, in MB, and how busy it is
    in percent."""
    if not gpus():
        return []
    import pynvml

    told: list[dict[str, int | str]] = []
    for index, (name, memory) in enumerate(gpus()):
        told.append({"name": name, "memory": memory})
        with suppress(pynvml.NVMLError):  # one that is divided does not tell
            handle = pynvml.nvmlDeviceGetHandleByIndex(index)
            told[-1]["used"] = pynvml.nvmlDeviceGetMemoryInfo(handle).used // 2**20
            told[-1]["busy"] = pynvml.nvmlDeviceGetUtilizationRates(handle).gpu
    return told


def cores() -> int:
    """Processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads() -> int:
    """With how many threads a process computes: a thread for each core, unless `OMP_NUM_THREADS` says otherwise."""
    told = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()  # of nested regions the outermost
    return int(told) if told.isdecimal() and int(told) else cores()


def killed_for_memory() -> int | None:
    """How many processes the system has ended for want of memory since it started: those of this process's control
    group where Linux counts them, else those of the whole machine; None where nobody counts."""
    for path in (*_counts_of_group(), VMSTAT):
        with suppress(OSError):
            counts = dict(line.split(maxsplit=1) for line in path.read_text().splitlines() if line.strip())
            if "oom_kill" in counts:
                return int(counts["oom_kill"])
    return None


def _counts_of_group() -> list[Path]:
    """Where Linux may count for the control group of this process, of the second version or the first; within a
    container the group is the topmost one to be seen, whatever it is called outside."""
    try:
        lines = [line.split(":", 2) for line in GROUP.read_text().splitlines()]
    except OSError:
        return []
    found = []
    for number, kinds, path in lines:
        if number == "0":
            found += [GROUPS / path.lstrip("/") / "memory.events", GROUPS / "memory.events"]
        elif "memory" in kinds.split(","):
            found += [GROUPS / "memory" / part / "memory.oom_control" for part in (path.lstrip("/"), "")]
    return found


def memory_gb() -> float:
    return psutil.virtual_memory().total / 2**30


class Sampler:
    """How busy one process keeps the machine, at most once a second."""

    def __init__(self, process: psutil.Process, started: float) -> None:
        self.process, self.started, self.last = process, started, -1
        process.cpu_percent()  # the first answer is always 0

    def sample(self) -> tuple[int, dict[str, float]] | None:
        """Seconds since the start with CPU in percent of the machine and memory in MB, GPU too if there is one."""
        second = int(time.time() - self.started)
        if second == self.last:
            return None
        self.last = second
        memory = self.process.memory_info().rss / 2**20
        return second, {"cpu": self.process.cpu_percent() / cores(), "memory": memory, **self._gpu()}

    def _gpu(self) -> dict[str, float]:
        if not gpus():
            return {}
        import pynvml

        handle = pynvml.nvmlDeviceGetHandleByIndex(int(os.environ.get("CUDA_VISIBLE_DEVICES") or 0))
        used = pynvml.nvmlDeviceGetMemoryInfo(handle).used / 2**20
        return {"gpu": pynvml.nvmlDeviceGetUtilizationRates(handle).gpu, "gpu_memory": used}


def network_address() -> str | None:
    """By which other devices of its network reach this machine; None where it has no network. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # of documentation (RFC 5737); it only chooses the way out
        except OSError:
            return None
        found = probe.getsockname()[0]
    return None if found.startswith("127.") or found == "0.0.0.0" else found
