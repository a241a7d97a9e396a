"""What a host owes the object storage, in a thread of its own: pushes that did not come to an end, and deletions."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError

from models.storage import object_folder
from models.storage.object_store import ObjectStore, StoreUnreachable
from runs import outages
from runs.store import folders, objects

LOOK = 5.0  # seconds between two looks
LONGEST = 300.0  # seconds until a storage that did not answer is asked again, growing to that
SETTLED = 10.0  # seconds that something was owed: until then its run most likely pushes it itself
SWEEP = 600.0  # seconds between two looks for what was deleted long ago, or was here before there was a storage
LATE = 600.0  # seconds in which all hosts hear of a deletion, and a push that had begun before it may still write

log = logging.getLogger(__name__)


class ObjectUpkeep:
    """Belongs to an agent, which lets it look now and then whether there is anything to do."""

    def __init__(self) -> None:
        self.thread: threading.Thread | None = None
        self.next = self.sweep = 0.0
        self.wait = LOOK

    def look(self) -> None:
        """Start working unless that is going on, or nothing is due."""
        if not objects.url() or time.monotonic() < self.next or (self.thread and self.thread.is_alive()):
            return
        self.thread = threading.Thread(target=self._go, name="object storage", daemon=True)
        self.thread.start()

    def _go(self) -> None:
        try:
            settle(sweep=time.monotonic() > self.sweep)
            self.wait = LOOK
            if time.monotonic() > self.sweep:
                self.sweep = time.monotonic() + SWEEP
        except StoreUnreachable as error:
            log.warning("The object storage did not answer: %s", error)
            self.wait = min(2 * self.wait, LONGEST)
        except (SQLAlchemyError, OSError) as error:  # the disk or the database is away for a while
            log.error("The object storage is looked after later: %s", outages.cause(error))
        self.next = time.monotonic() + self.wait


def settle(*, sweep: bool) -> None:
    """Push what this home owes and delete what nobody has any more.

    Args:
        sweep: also what was here before there was an object storage, and what was deleted while this host was away.

    Raises:
        StoreUnreachable: some is left to do.
    """
    deleted = objects.to_delete()
    _clear(objects.gone(sorted(folders.kept_here())) if sweep else [gone.key for gone in deleted])
    if sweep:
        for key in objects.without_row(folders.lying_here()):
            if folders.has_files(key):
                objects.owe(key)
    for key in objects.owed(time.time() - SETTLED):
        try:
            folders.push(key)
        except folders.FolderRestless as error:  # others need not wait for it
            log.info("It is pushed later: %s", error)
    for gone in deleted:
        object_folder.remove(ObjectStore(objects.url()), gone.prefix)
        if time.time() - (gone.owed or 0.0) > LATE:
            objects.deleted(gone.place)


def _clear(deleted: Sequence[str]) -> None:
    """Remove what other hosts have deleted."""
    here = folders.kept_here() if deleted else set()
    for key in here.intersection(deleted):
        folders.remove_here(key)
