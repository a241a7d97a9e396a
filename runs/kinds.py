"""The kinds of work a run can be, whom each may keep waiting, and what each returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class JobResult:
    """`values`: columns that the run's row gets when the worker ends it as done; `then`: called after that, to remove
    what only an unfinished run needs."""

    values: Mapping[str, Any] = field(default_factory=dict)
    then: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Kind:
    """`lane`: training; lengthy for what takes minutes where there is much of it; interactive for what somebody waits
    for at the page; upkeep for what a host has done for everyone. `work`: the function of this package that does it,
    as module.function(run, report), and returns a `JobResult`; only the worker writes how a run ended. `reads`: it
    opens what people bring, and its process has limits for that. `resumes`: once stopped it can go on. `trains`: it
    comes to a model, so people find it among their runs. `lasts`: where there is object storage it is done only when
    what it made lies there."""

    name: str
    lane: str
    work: str
    reads: bool = False
    resumes: bool = False
    trains: bool = False
    lasts: bool = False


KINDS = {
    kind.name: kind
    for kind in (
        Kind("fine_tune", "training", "jobs.fine_tune.fine_tune", resumes=True, trains=True, lasts=True),
        Kind("read", "interactive", "jobs.data_import.read", reads=True),
        Kind("keep", "lengthy", "jobs.fine_tune.keep", lasts=True),
        Kind("part", "lengthy", "jobs.evaluation_part.compute", lasts=True),
        Kind("search", "training", "search.job.search", resumes=True, trains=True, lasts=True),
        Kind("snapshot", "interactive", "jobs.snapshot.make"),
        Kind("profile", "interactive", "jobs.profile.measure"),
        Kind("explain", "interactive", "jobs.explanation.explain", reads=True),
        Kind("inspect", "interactive", "jobs.explanation.inspect", reads=True),
        Kind("map", "interactive", "jobs.projection.draw"),
        Kind("slices", "lengthy", "jobs.slices.measure"),
        Kind("curve", "lengthy", "jobs.learning_curve.measure"),
        Kind("label_check", "lengthy", "jobs.label_check.check"),
        Kind("lesson", "lengthy", "lessons.job.teach"),
        Kind("predict", "lengthy", "jobs.batch_prediction.predict", reads=True),
        Kind("cluster", "lengthy", "jobs.clustering.group", reads=True, resumes=True),
        Kind("static_sizes", "lengthy", "jobs.static_demo.measure"),
        Kind("static_demo", "lengthy", "jobs.static_demo.write"),
        Kind("backup", "upkeep", "jobs.backup.make"),
    )
}
LANES = ("interactive", "lengthy", "training", "upkeep")
TRAININGS = tuple(kind.name for kind in KINDS.values() if kind.trains)
LAUNCHED_BY = ("local", "torchrun", "ray")  # what starts the process of a run; see `runs.worker.launchers`


def in_lane(lane: str) -> list[str]:
    return [kind.name for kind in KINDS.values() if kind.lane == lane]
