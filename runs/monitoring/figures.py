"""What Prometheus is told, looked up when it asks: so one process suffices for all hosts, and none has to keep count.

Labels are kinds, states, lanes, phases, cases and hosts; never the name, the owner or the id of a run.
"""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from models.errors import InputError
from runs import outages, paths
from runs.kinds import KINDS, LANES
from runs.logs import lines
from runs.monitoring import answers, home_size
from runs.store import agents, deaths
from runs.store.database import engine
from runs.store.tables import runs

STATES = ("draft", "queued", "running", "done", "failed", "stopped")
MEGABYTE = 2**20

log = logging.getLogger(__name__)


class Figures(Collector):
    """Everything about one home and its database."""

    def describe(self) -> list[Metric]:
        """Nothing: being registered is no reason to ask the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        answering = GaugeMetricFamily("casebook_database_up", "Whether the database answers.")
        try:
            known = [*_of_runs(), *_of_agents()]
        except (InputError, OSError, SQLAlchemyError) as error:
            log.warning("The database could not be asked for figures: %s", outages.cause(error))
            known = []
        answering.add_metric([], float(bool(known)))
        yield from (answering, *known, *_of_disk(), *self._of_home(), *answers.SECONDS.collect(), _of_errors())

    def _of_home(self) -> Iterator[Metric]:
        used = GaugeMetricFamily("casebook_home_bytes", "Bytes on the disk, by part of the home.", labels=["part"])
        for part, size in home_size.of(paths.place()).now().items():
            used.add_metric([part], size)
        yield used


def _of_runs() -> Iterator[Metric]:
    with engine().connect() as db:
        own = runs.c.parent.is_(None)  # what a run began works within it
        counted = db.execute(select(runs.c.kind, runs.c.status, func.count()).where(own)
                             .group_by(runs.c.kind, runs.c.status))  # fmt: skip
        many = Counter({(kind, status): count for kind, status, count in counted})
        spent = db.execute(select(runs.c.kind, runs.c.seconds).where(own, runs.c.seconds.is_not(None))).all()
    waiting = GaugeMetricFamily("casebook_queue_length", "Runs that wait, by lane.", labels=["lane"])
    for lane in LANES:
        waiting.add_metric([lane], sum(many[kind.name, "queued"] for kind in KINDS.values() if kind.lane == lane))
    there = GaugeMetricFamily("casebook_runs", "Runs by kind and state.", labels=["kind", "state"])
    for kind in KINDS:
        for state in STATES:
            there.add_metric([kind, state], many[kind, state])
    seconds: Counter[tuple[str, str]] = Counter()
    for kind, phases in spent:
        for phase, took in (phases or {}).items():
            seconds[kind, phase] += took
    about = "Seconds that the runs which are still there have spent, by kind and phase."
    phased = GaugeMetricFamily("casebook_run_seconds", about, labels=["kind", "phase"])
    for (kind, phase), took in sorted(seconds.items()):
        phased.add_metric([kind, phase], took)
    why = "Runs that were started again, by why their process had ended."
    again = CounterMetricFamily("casebook_run_attempts", why, labels=["reason"])
    for reason, count in deaths.counted().items():
        again.add_metric([reason], count)
    yield from (waiting, there, phased, again)


def _of_agents() -> Iterator[Metric]:
    alive = agents.alive()
    yield GaugeMetricFamily("casebook_agents", "Agents that are alive, on all hosts.", value=len(alive))
    busy = GaugeMetricFamily("casebook_gpu_busy_ratio", "How busy a GPU is, 0 to 1.", labels=["host", "gpu"])
    used = GaugeMetricFamily("casebook_gpu_memory_used_bytes", "Memory in use.", labels=["host", "gpu"])
    total = GaugeMetricFamily("casebook_gpu_memory_bytes", "Memory of a GPU.", labels=["host", "gpu"])
    for agent in alive:
        for index, gpu in enumerate(agent.gpus):
            where = [agent.host, str(index)]
            total.add_metric(where, gpu["memory"] * MEGABYTE)
            if "busy" in gpu:
                busy.add_metric(where, gpu["busy"] / 100)
                used.add_metric(where, gpu["used"] * MEGABYTE)
    yield from (busy, used, total)


def _of_disk() -> Iterator[Metric]:
    try:
        usage = shutil.disk_usage(paths.place())
    except OSError:  # it is away
        return
    yield GaugeMetricFamily("casebook_disk_free_bytes", "Free bytes on the disk of the home.", value=usage.free)
    yield GaugeMetricFamily("casebook_disk_bytes", "Bytes of the disk of the home.", value=usage.total)


def _of_errors() -> Metric:
    """By the first two parts of the logger's name, of which there are as many as the code has."""
    parts: Counter[str] = Counter()
    for logger, count in lines.errors.copy().items():
        parts[".".join(logger.split(".")[:2])] += count
    told = CounterMetricFamily("casebook_errors", "Errors that this app has logged, by part.", labels=["part"])
    for part, count in sorted(parts.items()):
        told.add_metric([part], count)
    return told
