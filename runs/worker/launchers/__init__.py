"""Ways to start the process of a run. All start the same worker."""

from runs.cluster import LAUNCHER, jobs
from runs.kinds import LAUNCHED_BY
from runs.store.records import Run
from runs.worker.launchers import local, ray, torchrun

LAUNCHERS = dict(zip(LAUNCHED_BY, (local, torchrun, ray), strict=True))


def offered() -> list[str]:
    """Where runs can be done, as a person chooses it; on one machine several processes are started by torchrun."""
    return ["local", *([LAUNCHER] if jobs.address() else [])]


def chosen(launcher: str) -> str | None:
    """What a run is begun with for this choice; None leaves it to the number of its processes."""
    return launcher if launcher == LAUNCHER and launcher in offered() else None


def again(run: Run) -> str | None:
    """What a run like this one is begun with."""
    return chosen(run.launcher)
