"""What an agent costs that has nothing to do, and how soon it starts a run after that.

    python -m benchmarks.idle_agent --out

The real agent of a working tree, `--tree` for another one, in a home of its own. Its processor time is counted over a
minute in which nothing is queued. Then runs are queued one by one, at moments drawn by chance, and the row is looked
into every 5 ms until their process has signed in. `--database` takes the address of an empty PostgreSQL database in
place of SQLite; there the time is counted once more while a run of another host tells of itself four times a second.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import psutil

from benchmarks import table

IDLE_BAR = 0.3  # seconds of processor a minute: half a percent of a core
DELAY_BAR = 0.3  # seconds from queueing a run until its process is there
# By the code of the tree that is measured: its database may be of another version.
QUEUE = """
import sys, threading, time
from runs.store import queue, records
def beat():
    one = queue.claim_here(records.create_run("local", "fine_tune", "speech", "elsewhere"))
    from sqlalchemy import update
    from runs.store.database import engine
    from runs.store.tables import runs
    with engine().begin() as db:
        db.execute(update(runs).where(runs.c.id == one.id).values(host="elsewhere", pid=1))
    while True:
        queue.beat(one.id, progress={"done": 1})
        time.sleep(0.25)
print("ready", flush=True)
for line in sys.stdin:
    if line.strip() == "busy":
        threading.Thread(target=beat, daemon=True).start()
        continue
    identity, begun = records.create_run("local", "map", "speech", "nothing"), time.monotonic()
    while not records.run(identity, "local").pid:
        time.sleep(0.005)
    took = time.monotonic() - begun
    while not records.run(identity, "local").ended_already:
        time.sleep(0.05)
    print(took, flush=True)
"""


@contextmanager
def working(tree: Path, database: str) -> Iterator[tuple[psutil.Process, subprocess.Popen]]:
    """An agent of this tree, and a process that queues a run for each line it is given."""
    with TemporaryDirectory(prefix="casebook-", ignore_cleanup_errors=True) as home:
        environment = {**os.environ, "CASEBOOK_HOME": home, **({"DATABASE_URL": database} if database else {})}
        started = dict(cwd=tree, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        queueing = subprocess.Popen([sys.executable, "-c", QUEUE], **started)
        queueing.stdout.readline()
        agent = psutil.Popen([sys.executable, "-m", "runs.agent"], **{**started, "stderr": subprocess.DEVNULL})
        try:
            yield agent, queueing
        finally:
            for process in (*agent.children(recursive=True), agent, queueing):
                process.kill()
            agent.wait()
            queueing.wait()


def delay(queueing: subprocess.Popen) -> float:
    """Seconds from queueing a run until its process has signed in."""
    queueing.stdin.write("run\n")
    queueing.stdin.flush()
    return float(queueing.stdout.readline())


def cost(agent: psutil.Process, seconds: float) -> float:
    """Seconds of processor that the agent takes in a minute, its children not counted."""
    before = agent.cpu_times()
    time.sleep(seconds)
    after = agent.cpu_times()
    return (after.user + after.system - before.user - before.system) * 60 / seconds


def main() -> None:
    parser = table.options(__doc__, "idle_agent")
    parser.add_argument("--tree", type=Path, default=table.ROOT, help="whose agent is measured")
    parser.add_argument("--database", default="", help="address of an empty PostgreSQL database")
    parser.add_argument("--repeats", type=int, default=20)
    args = parser.parse_args()
    repeats, seconds = (3, 3.0) if args.quick else (args.repeats, 60.0)
    chance = random.Random(0)
    with working(args.tree, args.database) as (agent, queueing):
        delay(queueing)  # the libraries are loaded
        time.sleep(2)
        idle = cost(agent, seconds)
        delays = []
        for _ in range(repeats):
            time.sleep(1 + chance.random())
            delays.append(delay(queueing))
        if args.database:  # SQLite has one host
            queueing.stdin.write("busy\n")
            queueing.stdin.flush()
            time.sleep(2)
        busy = cost(agent, seconds) if args.database else None
    late = quantiles(delays, n=20, method="inclusive")[-1]
    rows = [
        ["agent while nothing runs, s of processor a minute", idle, IDLE_BAR],
        *([["the same while another host works", busy, IDLE_BAR]] if args.database else []),
        ["queued → its process is there, s, median", median(delays), DELAY_BAR],
        ["the same, 95 of 100", late, DELAY_BAR],
    ]
    judged = [[*row, table.verdict(row[1], row[2], quick=args.quick)] for row in rows]
    table.show(["", "measured", "bar", ""], judged)
    figures = {"idle": idle, "idle beside another host": busy, "delays": delays, "median": median(delays), "p95": late}
    table.write(args.out, database=args.database.partition(":")[0] or "sqlite", seconds=figures,
                bars={"idle": IDLE_BAR, "delay": DELAY_BAR})  # fmt: skip


if __name__ == "__main__":
    main()
