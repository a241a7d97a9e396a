"""A thousand hosts, a hundred thousand queued runs, one PostgreSQL: claims a second, delay, load of the database.

    python -m benchmarks.fleet --out

A PostgreSQL of its own, with fsync, gets the home's tables, runs of many owners that wait, and those of the last day
that have ended. The hosts are names, see `benchmarks.fleet_host`; their questions are the real ones. First all hosts
claim and end as fast as they can, while now and then somebody queues a run who had none yet. Then nothing waits, and
runs come at a steady rate to a few hosts that listen. Then all hosts idle at an agent's pace. Last, what each thing
costs that is asked for often: processor time of the server, by which the load of a thousand hosts is reckoned.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import psutil
from sqlalchemy import select, text, update

from benchmarks import fleet_costs, fleet_host, table
from benchmarks.fleet_host import Tally
from runs.store import records
from runs.store.database import engine
from runs.store.tables import runs

sys.path.append(str(table.ROOT / "tests"))
import postgres  # the same server as in the tests

CLAIMS_BAR = 200.0  # a second
OPTIONS = "-c shared_preload_libraries=pg_stat_statements -c max_connections=200 -c shared_buffers=256MB"
NEWCOMER = 1.0  # seconds between two runs of somebody who had none


@contextmanager
def serving() -> Iterator[psutil.Process]:
    """A PostgreSQL that writes to the disk as one that is used does, and a home that uses it."""
    with postgres.installed() as server, TemporaryDirectory(prefix="casebook-") as home:
        options = f"-p {server.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= {OPTIONS}"
        server.tool("pg_ctl", "start", "--wait", "--pgdata", server.folder / "data", "--options", options)
        try:
            os.environ.update(CASEBOOK_HOME=home, DATABASE_URL=server.address)
            yield psutil.Process(int((server.folder / "data/postmaster.pid").read_text().splitlines()[0]))
        finally:
            engine().dispose()
            server.stop()


def fill(queued: int, ended: int, owners: int) -> None:
    """Trainings that wait, and others of the last day, each of one of so many owners."""
    common = """
        INSERT INTO runs (id, owner, kind, "case", name, launcher, attempt, settings, status, created, beat,
                          host, started, ended, result)
        SELECT lpad(to_hex(n + :first), 12, '0'), 'person' || floor(random() * :owners), 'fine_tune', 'speech', 'calls',
               'local', 0, cast(:settings AS json), {columns}
        FROM (SELECT n, :now - 86000 * random() AS at FROM generate_series(1, :many) AS n) AS moments
    """
    waiting = common.format(columns="'queued', at, at, NULL, NULL, NULL, NULL")
    over = common.format(columns="'done', at, at, 'earlier', at, at + 300 * random(), NULL")
    values = dict(owners=owners, now=time.time(), settings='{"mode": "full", "epochs": 3}')
    with engine().begin() as db:
        db.execute(text("SELECT setseed(0.5)"))
        db.execute(text(waiting), {**values, "first": 0, "many": queued})
        db.execute(text(over), {**values, "first": queued, "many": ended})
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.execute(text("VACUUM ANALYZE"))
        db.execute(text("CREATE EXTENSION pg_stat_statements"))
        db.execute(text("SELECT pg_stat_statements_reset()"))


def at_work(work: str, names: list[str], threads: int, seconds: float, meanwhile: float = 0.0) -> list[Tally]:
    """What the hosts do, shared among two processes of so many threads; see `fleet_host.WORK`.

    Args:
        meanwhile: seconds between two runs that are queued here while they work, each of an owner of its own; 0: none.
    """
    context = multiprocessing.get_context("spawn")
    told, ready = context.Queue(), context.Barrier(3)
    shares = [names[number :: 2 * threads] for number in range(2 * threads)]
    processes = [
        context.Process(target=fleet_host.process, args=(work, shares[half::2], seconds, ready, told))
        for half in (0, 1)
    ]
    for process in processes:
        process.start()
    ready.wait()
    start, end = time.time(), time.time() + seconds
    number = 0
    while meanwhile and (due := start + (number := number + 1) * meanwhile) < end - 1:
        time.sleep(max(0.0, due - time.time()))
        records.create_run(f"newcomer{work}{number}", "fine_tune", "speech", "calls")
    tallies = [tally for _ in processes for tally in told.get()]
    for process in processes:
        process.join()
    return tallies


def delays(who: str) -> tuple[list[float], int]:
    """Seconds from queueing to claiming of the runs of these owners, and how many of them still wait."""
    wanted = select(runs.c.created, runs.c.started).where(runs.c.owner.startswith(who))
    with engine().connect() as db:
        rows = list(db.execute(wanted))
    return [row.started - row.created for row in rows if row.started], sum(row.started is None for row in rows)


def twice(claimed: list[str]) -> int:
    """Runs that two hosts took, by what hosts were told and by what the rows say."""
    attempts = select(runs.c.id).where(runs.c.attempt > 1)
    with engine().connect() as db:
        again = set(db.execute(attempts).scalars())
    return len(again | {one for one, times in Counter(claimed).items() if times > 1})


def empty() -> None:
    with engine().begin() as db:
        db.execute(update(runs).where(runs.c.status == "queued").values(status="stopped", ended=time.time()))
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.execute(text("VACUUM ANALYZE runs"))


def late(seconds: list[float]) -> float | None:
    return quantiles(seconds, n=20, method="inclusive")[-1] if len(seconds) > 1 else None


def main() -> None:
    parser = table.options(__doc__, "fleet")
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--queued", type=int, default=100_000)
    parser.add_argument("--owners", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=30.0, help="that each part lasts")
    parser.add_argument("--arrivals", type=float, default=20.0, help="runs a second where few hosts listen")
    args = parser.parse_args()
    hosts, queued, seconds = (20, 3000, 4.0) if args.quick else (args.hosts, args.queued, args.seconds)
    names = [f"host{number}" for number in range(hosts)]
    loads = [psutil.getloadavg()[0]]
    with serving() as server:
        fill(queued, queued // 2, args.owners)
        with fleet_costs.of_server(server) as rushing:
            rush = at_work("rush", names, 4, seconds, meanwhile=NEWCOMER)
        claimed = [one for tally in rush for one in tally.claimed]
        took = [one for tally in rush for one in tally.seconds]
        statements = fleet_costs.statements()
        loads.append(psutil.getloadavg()[0])
        long = fleet_costs.each(server, names, "long", 0.3 if args.quick else 3.0)
        newcomers, waiting_still = delays("newcomerrush")
        empty()
        listening = at_work("listen", names[:8], 4, seconds, meanwhile=1 / args.arrivals)
        claimed += [one for tally in listening for one in tally.claimed]
        delayed, lost = delays("newcomerlisten")
        loads.append(psutil.getloadavg()[0])
        with fleet_costs.of_server(server) as idling:
            idle = at_work("idle", names, 4, seconds)
        short = fleet_costs.each(server, names, "short", 0.3 if args.quick else 3.0)
        repeated = twice(claimed)
        loads.append(psutil.getloadavg()[0])
    rate, rounds = len([one for tally in rush for one in tally.claimed]) / seconds, sum(one.rounds for one in idle)
    rows = [
        ["claims a second, each run ended before the next", rate, CLAIMS_BAR,
         table.verdict(rate, CLAIMS_BAR, quick=args.quick, least=True)],
        ["runs taken twice", repeated, 0, table.verdict(repeated, 0, quick=False)],
        ["a claim, ms, median", 1000 * median(took), None, ""],
        ["the same, 95 of 100", 1000 * (late(took) or 0), None, ""],
        ["cores the server used meanwhile", rushing.cores(seconds), None, ""],
        ["queued by a newcomer → claimed meanwhile, s, median", median(newcomers or [0.0]), None, ""],
        ["the longest of these; still waiting at the end", max(newcomers, default=0.0), None, f"{waiting_still}"],
        [f"queued → claimed, {args.arrivals:g} runs a second, s, median", median(delayed or [0.0]), None, ""],
        ["the same, 95 of 100; still waiting at the end", late(delayed), None, f"{lost}"],
        [f"{hosts} idle hosts: rounds a second ({hosts / fleet_host.ANYWAY:g} wanted)", rounds / seconds, None, ""],
        ["cores the server used for them", idling.cores(seconds), None, ""],
    ]  # fmt: skip
    table.show(["", "measured", "bar", ""], rows)
    print(f"\nProcessor load of the machine meanwhile: {', '.join(f'{load:.1f}' for load in loads)}\n")
    costs = fleet_costs.reckoned([*long, *short], hosts)
    table.show(["", "ms each", "ms, server", f"a second, {hosts} hosts", "cores of the server"], costs)
    print()
    table.show(["the server's time while all claim", "percent", "calls", "ms each"], statements)
    table.write(args.out, hosts=hosts, queued=queued, owners=args.owners, loads=loads, rows=[row[:3] for row in rows],
                costs=costs, statements=statements)  # fmt: skip


if __name__ == "__main__":
    main()
