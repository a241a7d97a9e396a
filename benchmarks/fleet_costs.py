"""What `benchmarks.fleet` counts of its PostgreSQL: processor time of all its processes, by what is asked of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

import psutil
from sqlalchemy import select, text

from benchmarks import fleet_host
from runs.store import agents, queue, records, turns
from runs.store.database import engine
from runs.store.tables import runs
from runs.worker.agent_process import ANYWAY, PERIOD
from runs.worker.reporter import PERIOD as BEAT

PAGE = 1.0  # seconds between two questions of a page that shows a live run
LIST = 2.0  # seconds between two looks of a page that lists runs


@dataclass
class Spent:
    """Seconds of processor that the server's processes took."""

    seconds: float = 0.0

    def cores(self, lasted: float) -> float:
        return self.seconds / lasted


@dataclass(frozen=True)
class Cost:
    """Of one thing that is asked for: seconds until it is answered, and of the server's processor; `per` of a host or
    run: seconds between two."""

    name: str
    took: float
    server: float
    per: float | None


@contextmanager
def of_server(server: psutil.Process) -> Iterator[Spent]:
    """What all processes of the server take meanwhile; those that have ended count by what their parent was told."""
    spent, before = Spent(), _taken(server)
    yield spent
    spent.seconds = _taken(server) - before


def _taken(server: psutil.Process) -> float:
    taken = sum(server.cpu_times()[:4])
    for child in server.children():
        with suppress(psutil.NoSuchProcess):  # it has just ended, and counts there
            taken += sum(child.cpu_times()[:2])
    return taken


def each(server: psutil.Process, names: Sequence[str], queued: str, seconds: float) -> list[Cost]:
    """The cost of what a fleet asks for all the time, while many runs wait (`long`) or none does (`short`)."""
    with engine().connect() as db:
        working = list(db.execute(select(runs.c.id).where(runs.c.status == "running").limit(1000)).scalars())
        waiting = db.execute(select(runs).where(runs.c.status == "queued").limit(1)).first()
    told: dict[str, Any] = {"what": "training", "done": 1, "total": 100, "rate": 3.2, "eta": 31.0}
    number = count()

    def beat() -> None:
        queue.beat(working[next(number) % len(working)], progress={**told, "done": next(number)})

    things: list[tuple[str, Callable[[], Any], float | None]] = [
        ("round of an agent with a run", lambda: fleet_host.look(names[next(number) % len(names)], ()), PERIOD)
    ]
    if waiting is not None:
        run = records.as_run(waiting)
        things += [
            ("list of who is next", lambda: _list(), None),
            ("page of a run that waits: its turn", lambda: turns.of(run), PAGE),
            ("page of all that wait", lambda: turns.waiting(), None),
        ]
    else:
        things += [
            ("round of an agent without", lambda: fleet_host.look("another", ()), ANYWAY),
            ("look for silent hosts", lambda: queue.silent(), ANYWAY),
            ("sign of life of an agent", lambda: fleet_host.beat(names[next(number) % len(names)]), agents.BEAT),
            ("heartbeat of a run", beat, BEAT),
            ("page of a live run", lambda: records.run(working[0], "person1"), PAGE),
            ("page of a person's runs", lambda: records.run_list("person1"), LIST),
            ("page of all that is at work", lambda: queue.running(), None),
        ]
    suffix = ", many wait" if queued == "long" else ""
    return [_measured(server, f"{name}{suffix}", ask, per, seconds) for name, ask, per in things]


def _list() -> None:
    with engine().begin() as db:
        turns._list(db, "training")  # what a claim does now and then


def _measured(server: psutil.Process, name: str, ask: Callable[[], Any], per: float | None, seconds: float) -> Cost:
    ask()  # prepared
    number, begun = 0, time.perf_counter()
    with of_server(server) as spent:
        while time.perf_counter() - begun < seconds or number < 3:
            ask()
            number += 1
        lasted = time.perf_counter() - begun
    return Cost(name, lasted / number, spent.seconds / number, per)


def reckoned(costs: Sequence[Cost], hosts: int) -> list[list[Any]]:
    """Each with how often a second that many hosts ask for it, one run and one page a host, and the cores it takes."""
    rows = []
    for cost in costs:
        often = hosts / cost.per if cost.per else None
        rows.append([cost.name, 1000 * cost.took, 1000 * cost.server, often, often * cost.server if often else None])
    return rows


def statements(most: int = 8) -> list[list[Any]]:
    """Where the server's time went: beginning of a statement, percent, calls, milliseconds each."""
    asked = text("SELECT query, total_exec_time AS ms, calls FROM pg_stat_statements ORDER BY total_exec_time DESC")
    with engine().connect() as db:
        rows = list(db.execute(asked))
    whole = sum(row.ms for row in rows) or 1.0
    return [
        [" ".join(row.query.split())[:60], 100 * row.ms / whole, row.calls, row.ms / row.calls] for row in rows[:most]
    ]
