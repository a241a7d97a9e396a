"""The people of `benchmarks.classroom`, as threads of processes of their own: they speak HTTP and WebSocket as the
browser does, and say how long each answer took and whether any failed.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing.queues import Queue

from benchmarks.page_client import Page, errors, opened


@dataclass
class Told:
    """Seconds of each answer of one kind, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def once(self, ask: Callable[[], None]) -> None:
        start = time.monotonic()
        try:
            ask()
        except (OSError, RuntimeError, ValueError, http.client.HTTPException) as error:
            self.errors.append(f"{type(error).__name__}: {error}"[:200])
        else:
            self.seconds.append(time.monotonic() - start)


@dataclass(frozen=True)
class Reader:
    """Somebody who is logged in with a page open, and whose browser asks `live` for what is new."""

    port: int
    cookie: str
    page: str
    query: str
    live: str


@dataclass(frozen=True)
class Visitor:
    """Somebody with a link to a demo, who asks its model about `content` from an `address`."""

    port: int
    token: str
    content: bytes
    address: str


def readers(people: Sequence[Reader], duration: float, every: float, told: Queue) -> None:
    """Each opens a page, has it run again every so often, and watches a run once a second."""
    pages, live = Told(), Told()
    end = time.monotonic() + duration
    jobs = [(_read, person, number * every / len(people), every, end, pages) for number, person in enumerate(people)]
    jobs += [(_watch, person, number / len(people), 1.0, end, live) for number, person in enumerate(people)]
    _together(jobs)
    told.put({"page": pages, "live": live})


def visitors(people: Sequence[Visitor], duration: float, every: float, told: Queue) -> None:
    """Each tries the model every so often."""
    tries, end = Told(), time.monotonic() + duration
    _together([(_try, one, number * every / len(people), every, end, tries) for number, one in enumerate(people)])
    told.put({"demo": tries})


def _together(jobs: Sequence[tuple]) -> None:
    threads = [threading.Thread(target=job[0], args=job[1:]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _read(person: Reader, offset: float, every: float, end: float, told: Told) -> None:
    time.sleep(offset)
    with opened(person.port, cookie=person.cookie) as page:
        _run(page, person)  # opening it is measured elsewhere
        while time.monotonic() < end:
            told.once(lambda: _run(page, person))
            time.sleep(every)


def _run(page: Page, person: Reader) -> None:
    if wrong := errors(page.run(person.page, person.query)):
        raise RuntimeError(f"The page shows: {wrong[0]}")


def _watch(person: Reader, offset: float, every: float, end: float, told: Told) -> None:
    time.sleep(offset)
    connection, after = http.client.HTTPConnection("127.0.0.1", person.port, timeout=30), 0

    def ask() -> None:
        nonlocal after
        connection.request("GET", f"{person.live}&after={after}", headers={"Cookie": person.cookie})
        answer = connection.getresponse()
        body = json.loads(answer.read())
        if answer.status != 200 or "after" not in body:
            raise RuntimeError(f"{answer.status}: {body}")
        after = body["after"]

    while time.monotonic() < end:
        told.once(ask)
        time.sleep(every)


def _try(person: Visitor, offset: float, every: float, end: float, told: Told) -> None:
    """A connection each time: a browser's has been closed as idle when its person asks again."""
    time.sleep(offset)
    headers = {"X-Answer-Token": person.token, "X-Forwarded-For": person.address}

    def ask() -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", person.port, timeout=60)) as connection:
            connection.request("PUT", "/api/answer?name=a.jpg&lang=en", person.content, headers)
            answer = connection.getresponse()
            body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {body[:120]!r}")

    while time.monotonic() < end:
        told.once(ask)
        time.sleep(every)
