"""One run as the Ray cluster does it: `python -m runs.worker.on_ray RUN`, the command of its job.

A run of one process is done by the job's own, for which Ray has set aside room. Of several, each is a worker of Ray
Train, which places them by what is free, and starts all again where one is lost; they go on from the last checkpoint.
"""

from __future__ import annotations

import argparse
import os
import shutil
from typing import Any
from uuid import uuid4

import torch

from models.errors import N_, InputError
from models.training.ranks import group
from runs import paths
from runs.logs import lines
from runs.store import queue
from runs.worker import ranks, worker

FOLDER = "ray"  # in the run's: what Ray Train keeps of its own state


def main() -> None:
    parser = argparse.ArgumentParser(description="Do a run in a job of the Ray cluster.")
    parser.add_argument("run")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--cpus", type=int, default=1, help="of each process")
    parser.add_argument("--gpus", type=int, default=0, help="of each process")
    asked = parser.parse_args()
    _write_into_its_log(asked.run)
    lines.begin("worker", asked.run)
    if queue.run(asked.run).status != "running":
        return  # it was stopped while the job waited
    if asked.processes > 1:
        _together(asked.run, asked.processes, cpus=asked.cpus, gpus=asked.gpus)
    else:
        torch.set_num_threads(asked.cpus)
        worker.work(queue.run(asked.run))


def _write_into_its_log(run: str) -> None:
    """As all workers do; this process stays in its group, by which Ray ends it."""
    log = os.open(paths.logs() / f"{run}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)


def _together(run: str, processes: int, *, cpus: int, gpus: int) -> None:
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.torch import TorchConfig, TorchTrainer

    kept = paths.run(run) / FOLDER / uuid4().hex
    needs = {"CPU": cpus, **({"GPU": gpus} if gpus else {})}
    trainer = TorchTrainer(
        take_part,
        train_loop_config={"run": run, "cpus": cpus},
        torch_config=TorchConfig("gloo", timeout_s=int(group.PATIENCE.total_seconds())),
        scaling_config=ScalingConfig(num_workers=processes, use_gpu=gpus > 0, resources_per_worker=needs),
        run_config=RunConfig(name=run, storage_path=str(kept),
                             failure_config=FailureConfig(max_failures=queue.MOST_ATTEMPTS - 1)),
    )  # fmt: skip
    try:
        trainer.fit()
    finally:
        shutil.rmtree(kept, ignore_errors=True)


def take_part(asked: dict[str, Any]) -> None:
    """What each worker of Ray Train does; it has met the others already."""
    run, cpus = asked["run"], asked["cpus"]
    lines.begin("worker", run)
    joined = group.join(cores=cpus, threads=cpus)
    if _have_one_home(joined):
        ranks.take_part(run, joined, lambda: worker.work(queue.run(run)))
    elif joined.rank == 0:
        queue.end(run, "failed", error=_homes_apart().as_json())


def _have_one_home(joined: group.Ranks) -> bool:
    """Whether what the first process writes can be read by all: the others learn from its files."""
    first = joined.told(paths.home_id())
    return joined.total([float(paths.home_id() != first)]) == [0.0]


def _homes_apart() -> InputError:
    return InputError(
        found=N_("The processes of this run are on hosts with separate folders as CASEBOOK_HOME."),
        expected=N_("Processes that train together must share one CASEBOOK_HOME."),
        remedy=N_("Let the hosts of the cluster share a folder as CASEBOOK_HOME, or train in one process."),
    )


if __name__ == "__main__":
    from runs.worker import on_ray  # under this name the workers find `take_part`, too

    on_ray.main()
