"""What a host of the Ray cluster is told to run: a module of Casebook, which lies there in the same folder."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from runs import paths
from runs.limits import processes

ROOT = Path(__file__).parents[2]
PYTHON = "CASEBOOK_RAY_PYTHON"  # environment: the interpreter on the hosts of the cluster
# What the program is told of this process's environment; secrets are left to that of the cluster's hosts, for whoever
# may see its dashboard may see what a job is told.
TOLD = ("CASEBOOK_LOG", "CASEBOOK_LOGIN", "CASEBOOK_MODELS", "HF_ENDPOINT", "HF_HUB_OFFLINE", processes.MEMORY)
ALWAYS = {
    "OMP_WAIT_POLICY": "PASSIVE", "ARROW_DEFAULT_MEMORY_POOL": "system", "THP_MEM_ALLOC_ENABLE": "1",
    "TRAIN_ENABLE_SHARE_CUDA_VISIBLE_DEVICES": "0",  # of Ray Train: each process sees its own card only
}  # fmt: skip


def command(module: str, *arguments: str) -> str:
    python = os.environ.get(PYTHON) or sys.executable
    return f"cd {shlex.quote(str(ROOT))} && exec {shlex.join([python, '-m', module, *arguments])}"


def environment(cpus: int) -> dict[str, str]:
    """`cpus`: of each process."""
    told = {name: os.environ[name] for name in TOLD if name in os.environ}
    return {**ALWAYS, **told, "CASEBOOK_HOME": str(paths.place()), "OMP_NUM_THREADS": str(cpus),
            "PYTHONPATH": str(ROOT)}  # fmt: skip
