"""A run and the object storage: what it needs is fetched first, checkpoints are pushed while it trains, all else at its
end.

Training never waits for the storage. Before a run is told done it does, for a while; then its agent pushes the rest.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from models.errors import N_
from models.progress import ProgressReporter, Stopped
from models.storage.object_store import StoreUnreachable
from runs import outages
from runs.cluster import LAUNCHER
from runs.kinds import KINDS
from runs.store import folders, objects, records
from runs.store.records import Run

LOOK = 1.0  # seconds between two looks for a new checkpoint
FIRST, LONGEST = 1.0, 60.0  # seconds until a storage that did not answer is asked again, growing
PATIENCE = 600.0  # seconds for which a run waits for it, before it begins and before it is told done
LISTEN = 0.2  # seconds between two looks for a wish to stop

AWAY = N_("The object storage does not respond; it is tried again. Nothing is lost.")
NOT_YET = N_("The host that imported the data has not stored them yet; the run waits for them.")
LATER = N_("The object storage still does not respond. What the run made stays on its host and is stored later.")

log = logging.getLogger(__name__)


class NotYetThere(StoreUnreachable):
    """The object storage answers, and another home has yet to push what is needed."""


@contextmanager
def following(run: Run, report: ProgressReporter) -> Iterator[None]:
    """Fetch what a run needs; while this lasts push the checkpoints that it makes.

    Raises:
        StoreUnreachable: what it needs did not come.
        Stopped: a person asked for that while it was waited for.
    """
    if not objects.url():
        yield
        return
    if KINDS[run.kind].lasts:
        objects.owe(objects.of_run(run.id))  # what any other home has of it counts no more
    for key in _needed(run):
        _insist(partial(_fetch, key), report)
    pusher = _Pusher(run, report)
    try:
        with pusher.pushing() if KINDS[run.kind].trains else nullcontext():
            yield
    finally:
        _owe(run)
        _pay_on_cluster(run)


def finish(run: Run, report: ProgressReporter) -> None:
    """Wait until what a run made lies in the object storage, or until a person or patience ends that; of short work an
    agent pushes it later."""
    if not objects.url() or not KINDS[run.kind].lasts:
        return
    try:
        for key in _made(run):
            _insist(partial(folders.push, key), report)
    except (StoreUnreachable, Stopped) as error:
        log.warning("What run %s made is pushed later: %s", run.id, error)
        report.note(LATER)


def leave(run: Run) -> None:
    """What only an unfinished run needed was removed here: its agent removes it in the object storage."""
    if objects.url():
        _owe(run)
        _pay_on_cluster(run)


def _pay_on_cluster(run: Run) -> None:
    """Push what is owed while somebody can: hosts of the Ray cluster need no agent, which would do it later."""
    if run.launcher != LAUNCHER:
        return
    try:
        for key in _made(run):
            folders.push(key)
    except StoreUnreachable as error:
        log.warning("What run %s made stays on its host until an agent is there: %s", run.id, error)


def _needed(run: Run) -> Iterator[str]:
    about = [one for one in (run.dataset, run.subject) if one]
    yield from map(objects.of_dataset, about)
    yield from map(objects.of_run, [run.id, *about, *_children(run)])


def _children(run: Run) -> list[str]:
    """The trainings that a search began."""
    return [one.id for one in records.children(run)] if KINDS[run.kind].trains else []


def _made(run: Run) -> Iterator[str]:
    for one in (run.id, *_children(run), *([run.subject] if run.subject else [])):
        if objects.row(objects.of_run(one)):
            yield objects.of_run(one)


def _owe(run: Run) -> None:
    some = [run.id, *_children(run)]
    if KINDS[run.kind].lasts and run.subject:  # the run that was evaluated and packed
        some.append(run.subject)
    for key in map(objects.of_run, some):
        if folders.has_files(key):
            objects.owe(key)


def _fetch(key: str) -> None:
    folders.bring(key)
    if key.startswith("datasets/") and objects.row(key) and not (folders.at(key) / folders.FACTS).exists():
        raise NotYetThere(f"{key} has yet to be pushed by the host that read it.")


def _insist(do: Callable[[], None], report: ProgressReporter) -> None:
    """
    Raises:
        StoreUnreachable: patience is over.
        Stopped: a person asked for it meanwhile.
    """
    end, wait = time.monotonic() + PATIENCE, FIRST
    while True:
        try:
            return do()
        except StoreUnreachable as error:
            log.warning("The object storage has not what is needed: %s", error)
            report.note(NOT_YET if isinstance(error, NotYetThere) else AWAY)
            if time.monotonic() + wait > end:
                raise
        _pause(wait, report)
        wait = min(2 * wait, LONGEST)


def _pause(seconds: float, report: ProgressReporter) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        report.check()
        time.sleep(min(LISTEN, left))


class _Pusher:
    """Pushes what is complete of a run and of the trainings that it began, from a thread of its own; before that the
    data that it learns from, where its host has not come to it yet, for without them no other could go on."""

    def __init__(self, run: Run, report: ProgressReporter) -> None:
        self.run, self.report = run, report
        self.pushed: dict[str, frozenset[tuple[str, int]]] = {}
        self.over = threading.Event()

    @contextmanager
    def pushing(self) -> Iterator[None]:
        thread = threading.Thread(target=self._go, name="object storage", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.over.set()
            thread.join()

    def _go(self) -> None:
        wait = LOOK
        while not self.over.wait(wait):
            try:
                self._look()
                wait = LOOK
            except folders.FolderRestless as error:  # checkpoints follow one another quickly
                log.info("Checkpoints of run %s are pushed later: %s", self.run.id, error)
            except StoreUnreachable as error:
                log.warning("Checkpoints of run %s are pushed later: %s", self.run.id, error)
                self.report.note(AWAY)
                wait = min(2 * wait, LONGEST)
            except (SQLAlchemyError, OSError) as error:  # the database or the disk is away for a while
                log.error("Checkpoints of run %s are pushed later: %s", self.run.id, outages.cause(error))

    def _look(self) -> None:
        if self.run.dataset and (data := objects.of_dataset(self.run.dataset)) in objects.owed(0.0):
            folders.push(data)
        for key in map(objects.of_run, [self.run.id, *_children(self.run)]):
            now = folders.marks(key)
            if now and now != self.pushed.get(key):
                objects.owe(key)
                folders.push(key)
                self.pushed[key] = now
