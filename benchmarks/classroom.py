"""A class at work: thirty people who are logged in, ten live runs, and a hundred visitors of one demo.

    python -m benchmarks.classroom --out
    python -m benchmarks.classroom --busy 2 --most 100

Each person has the page of a run open and has it run again every ten seconds; their browsers ask once a second for what
is new of the ten runs, of which one is a real training and nine write what it writes, at its rate. Each visitor asks
the model of one demo, on a surface of its own, once in ten seconds; five are behind each of twenty addresses, which a
proxy names. Then the visitors are doubled until an answer takes too long, which says what gives way first.

With `--busy` other work takes the processor from the first start to the last answer. Times are not judged then; no run
may be restarted, no visitor refused, and nothing answered with an error.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from zipfile import ZipFile

import psutil

from benchmarks import table
from benchmarks.app_process import App, running, train, until
from benchmarks.classroom_clients import Reader, Told, Visitor, readers, visitors
from runs import paths, tokens
from runs.identity import login, people, sessions
from runs.identity.people import Person
from runs.store import dataset_rows, deaths, lifecycle, metric_rows, queue, records, shares, upload_rows
from runs.store.records import Run

PEOPLE, RUNS, VISITORS, ADDRESSES = 30, 10, 100, 20
EVERY = 10.0  # seconds between two reruns of a page, and between two tries of a visitor
PAGE_P50, PAGE_P95, DEMO_P95 = 0.05, 0.3, 1.0  # seconds; the bars
CASE = "image_recognition"


def main() -> None:
    parser = table.options(__doc__, "classroom")
    parser.add_argument("--data", type=Path, default=table.FLOWERS / "train.zip")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--most", type=int, default=1600, help="visitors at which the search for the limit ends")
    parser.add_argument("--busy", type=int, default=0, help="processes beside it that only compute")
    args = parser.parse_args()
    duration = 20.0 if args.quick else args.seconds
    with _beside(args.busy), running(CASEBOOK_LOGIN="password") as app, _demos() as demos:
        class_ = [people.register(f"person {n}", "a sentence for all", host=n == 0) for n in range(PEOPLE)]
        link, content = _demo(class_[0], args.data)
        with _live(app, class_, args.data) as live:
            before = _memory(app, demos)
            told = _meet(app, demos, live, link, content, VISITORS, duration)
            after = _memory(app, demos)
            limit = [] if args.quick else list(_until_it_gives_way(app, demos, live, link, content, args.most))
        restarts = sum(deaths.counted().values())
    figures = {
        **_figures(told),
        "restarted runs": restarts,
        **{f"memory of {name}, MB, before and after": f"{before[name]:.0f}, {after[name]:.0f}" for name in before},
    }
    table.show(["", "figure"], list(figures.items()))
    table.show(["visitors", "demo p95, ms", "page p95, ms", "errors", "the first"], limit)
    verdicts = _verdicts(told, before, after, restarts, quick=args.quick, busy=args.busy > 0)
    for name, verdict in verdicts.items():
        print(f"{name}: {verdict}")
    table.write(args.out, seconds=duration, busy=args.busy, figures=figures, limit=limit, verdicts=verdicts)


@contextmanager
def _beside(many: int) -> Iterator[None]:
    """So many processes that take all of the processor that they get."""
    working = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(many)]
    try:
        yield
    finally:
        for process in working:
            process.kill()
            process.wait()


@contextmanager
def _demos() -> Iterator[App]:
    """The surface of demos on the same home, behind a proxy on this machine."""
    surface = App(paths.home(), CASEBOOK_SURFACE="demos", CASEBOOK_PROXIES="127.0.0.1")
    try:
        until(surface.healthy, limit=60)
        yield surface
    finally:
        surface.close()


def _demo(owner: Person, data: Path) -> tuple[str, bytes]:
    """A link to a model of the pictures, and one of them."""
    identity = train(_read(owner, data), owner=owner.id)
    until(lambda: records.run(identity, owner.id).packed, limit=600)
    token = shares.create(records.run(identity, owner.id), days=1)
    with ZipFile(data) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".jpg"))
        return token, archive.read(name)


def _read(owner: Person, data: Path) -> str:
    """The data set that is made of a file which lies on the server already."""
    identity = secrets.token_hex(8)
    shutil.copyfile(data, paths.uploads() / identity)
    upload_rows.add(owner.id, identity, data.name, data.stat().st_size, hashlib.sha256(data.read_bytes()).hexdigest())
    run = records.create_run(owner.id, "read", CASE, data.name, parts=[{"upload": identity, "split": ""}])
    until(lambda: records.run(run, owner.id).ended_already, limit=300)
    return str(records.run(run, owner.id).dataset)


@contextmanager
def _live(app: App, class_: list[Person], data: Path) -> Iterator[list[Reader]]:
    """Ten runs of ten people, one of them real; everyone watches one, their own or through a link to watch."""
    owner = class_[0]
    dataset = dataset_rows.of_case(owner.id, CASE)[0].id
    real = train(dataset, owner=owner.id, mode="full", epochs=100)
    settings = records.run(real, owner.id).settings
    replayed = [_replay_of(person, _read(person, data), settings) for person in class_[1:RUNS]]
    stopping = threading.Event()
    writing = threading.Thread(target=_replay, args=(records.run(real, owner.id), replayed, stopping))
    writing.start()
    until(lambda: bool(metric_rows.after(records.run(real, owner.id), 0)), limit=300)
    try:
        yield _people(app, class_, [real, *replayed])
    finally:
        stopping.set()
        writing.join()
        for identity, person in zip([real, *replayed], class_, strict=False):
            lifecycle.discard(identity, person.id)


def _replay_of(person: Person, dataset: str, settings: dict[str, Any]) -> str:
    """A run that looks as if an agent had it."""
    about = dict(dataset=dataset, settings=settings)
    identity = records.create_run(person.id, "fine_tune", CASE, "replayed", status="running", **about)
    queue.claim_here(identity)
    return identity


def _replay(real: Run, replayed: list[str], stopping: threading.Event) -> None:
    """Write for each of the others what the real one writes, as soon as it does."""
    after = 0
    while not stopping.wait(0.5):
        rows = metric_rows.after(real, after)
        after = rows[-1]["written"] if rows else after
        for identity in replayed:
            queue.beat(identity, phase="training")
            if rows:
                metric_rows.add([{**row, "run": identity} for row in rows])


def _people(app: App, class_: list[Person], runs: list[str]) -> list[Reader]:
    """The owners of runs look at them; the others have the runs' data or the list of runs open, and watch by a link."""
    made = []
    for number, person in enumerate(class_):
        cookie = sessions.begin(person)
        identity, owner = runs[number % RUNS], class_[number % RUNS]
        if number < RUNS:
            token = tokens.sign("run", session=sessions.digest(cookie), run=identity, owner=person.id)
            live, page, query = f"/api/metrics?token={token}&lang=en", CASE, f"run={identity}"
        else:
            link = shares.create(records.run(identity, owner.id), days=1, kind=shares.WATCH)
            token = tokens.sign("watch", share=shares.by_token(link).id)
            live, page, query = f"/api/watch?token={token}&lang=en", "watch", f"t={link}"
        made.append(Reader(app.port, f"{login.COOKIE}={cookie}", page, query, live))
    return made


def _meet(
    app: App, demos: App, live: list[Reader], link: str, content: bytes, many: int, duration: float
) -> dict[str, Told]:
    """All of them at once, for so long, in processes of their own."""
    share = shares.by_token(link).id
    asking = [Visitor(demos.port, tokens.sign("answer", share=share, rows=[], visitor=secrets.token_hex(8)), content,
                      f"203.0.113.{n % ADDRESSES + 1}") for n in range(many)]  # fmt: skip
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    started = [
        context.Process(target=target, args=(who, duration, EVERY, told))
        for target, who in ((readers, live), (visitors, asking))
    ]
    for process in started:
        process.start()
    found = told.get() | told.get()
    for process in started:
        process.join()
    return found


def _until_it_gives_way(
    app: App, demos: App, live: list[Reader], link: str, content: bytes, most: int
) -> Iterator[list[Any]]:
    many = 2 * VISITORS
    while many <= most:
        told = _meet(app, demos, live, link, content, many, 60.0)
        errors = [error for one in told.values() for error in one.errors]
        demo, page = _p95(told["demo"]), _p95(told["page"])
        yield [many, 1000 * demo, 1000 * page, len(errors), errors[0] if errors else ""]
        if errors or demo > DEMO_P95 or page > PAGE_P95:
            return
        many *= 2


def _p95(told: Told) -> float:
    return quantiles(told.seconds, n=20)[18] if len(told.seconds) > 1 else float("inf")


def _figures(told: dict[str, Told]) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for name, one in told.items():
        figures |= {
            f"{name}: answers": len(one.seconds), f"{name}: errors": len(one.errors),
            f"{name}: ms, median": 1000 * median(one.seconds or [0]), f"{name}: ms, 95 of 100": 1000 * _p95(one),
        }  # fmt: skip
        if one.errors:
            figures[f"{name}: first error"] = one.errors[0]
    return figures


def _verdicts(
    told: dict[str, Told], before: dict[str, float], after: dict[str, float], restarts: int, *, quick: bool, busy: bool
) -> dict[str, str]:
    judged: Callable[[float, float], str] = lambda value, bar: table.verdict(value, bar, quick=quick)  # noqa: E731
    in_time: Callable[[float, float], str] = lambda value, bar: table.verdict(value, bar, quick=quick or busy)  # noqa: E731
    growth = max(after[name] / before[name] for name in before)
    return {
        "errors, none": judged(sum(len(one.errors) for one in told.values()), 0),
        "restarted runs, none": judged(restarts, 0),
        f"page p50 ≤ {1000 * PAGE_P50:.0f} ms": in_time(median(told["page"].seconds or [9.0]), PAGE_P50),
        f"page p95 ≤ {1000 * PAGE_P95:.0f} ms": in_time(_p95(told["page"]), PAGE_P95),
        f"demo p95 ≤ {1000 * DEMO_P95:.0f} ms": in_time(_p95(told["demo"]), DEMO_P95),
        "memory at most a tenth more": judged(growth, 1.1),
    }


def _memory(app: App, demos: App) -> dict[str, float]:
    """MB of the two servers, once they are warm."""
    return {name: psutil.Process(one.process.pid).memory_info().rss / 2**20 for name, one in
            (("the studio", app), ("the demos", demos))}  # fmt: skip


if __name__ == "__main__":
    main()
