"""What fifty people who watch one run cost the server, in percent of a core.

    python -m benchmarks.viewers --out

A real full-mode training writes at its own rate; the viewers ask `/api/metrics` once a second as the page does, each
over a connection it keeps, from a process of their own. Only the server's own processor time is counted.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import threading
import time
from multiprocessing.queues import Queue
from pathlib import Path
from statistics import median, quantiles

from benchmarks import table
from benchmarks.app_process import OWNER, discard, full, running
from runs import tokens
from runs.store import metric_rows, records

BAR = 15.0  # percent of a core
PERIOD = 1.0
COMING = 2.0  # seconds until every viewer is there and has read what there was


def view(port: int, path: str, offset: float, end: float, seconds: list[float], rows: list[int]) -> None:
    """One viewer: asks for what is new each second until `end`."""
    connection, after = http.client.HTTPConnection("127.0.0.1", port, timeout=30), -1
    time.sleep(offset)
    while time.monotonic() < end:
        start = time.monotonic()
        connection.request("GET", f"{path}&after={after}")
        answer = json.loads(connection.getresponse().read())
        seconds.append(time.monotonic() - start)
        rows.append(len(answer["rows"]))
        after = answer["after"]
        time.sleep(PERIOD)


def crowd(port: int, path: str, viewers: int, duration: float, told: Queue) -> None:
    """Runs in a process of its own; tells how long each answer took and how many rows came."""
    seconds, rows, end = [], [], time.monotonic() + duration
    threads = [
        threading.Thread(target=view, args=(port, path, PERIOD * number / viewers, end, seconds, rows))
        for number in range(viewers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.put((seconds, rows))


def main() -> None:
    parser = table.options(__doc__, "viewers")
    parser.add_argument("--data", type=Path, default=table.FLOWERS / "train.zip")
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30)
    args = parser.parse_args()
    duration = 6 if args.quick else args.seconds
    with running() as app:
        training = full(app.bring(args.data))
        token = tokens.sign("run", run=training, owner=OWNER)
        path = f"/api/metrics?token={token}&lang=en"
        context = multiprocessing.get_context("spawn")
        told = context.Queue()
        watching = context.Process(target=crowd, args=(app.port, path, args.viewers, duration + COMING, told))
        watching.start()
        time.sleep(COMING)
        before, start = app.process.cpu_times(), time.monotonic()
        time.sleep(duration)
        after, lasted = app.process.cpu_times(), time.monotonic() - start
        seconds, rows = told.get()
        watching.join()
        written = len(metric_rows.after(records.run(training, OWNER), 0))
        discard(training)

    percent = 100 * (after.user + after.system - before.user - before.system) / lasted
    figures = {
        "viewers": args.viewers,
        "answers": len(seconds),
        "rows sent": sum(rows),
        "rows the run wrote": written,
        "answer, ms, median": 1000 * median(seconds),
        "answer, ms, 99 of 100": 1000 * quantiles(seconds, n=100)[98],
        "server, % of a core": percent,
        "server, ms of processor an answer": 10 * percent * (duration + COMING) / len(seconds),
    }
    table.show(["", "figure"], list(figures.items()))
    print(f"\nbar {BAR} % of a core: {table.verdict(percent, BAR, quick=args.quick)}")
    table.write(args.out, figures=figures, bar=BAR)


if __name__ == "__main__":
    main()
