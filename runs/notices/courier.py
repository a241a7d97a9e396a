"""Sends what waits to be sent, in a thread of its own: whatever a webhook does, no run and no agent waits for it."""

from __future__ import annotations

import logging
import threading

from sqlalchemy.exc import SQLAlchemyError

from models.errors import InputError
from runs import outages
from runs.notices import address, delivery, message
from runs.store import notices, records, webhooks
from runs.store.notices import Notice

log = logging.getLogger(__name__)


class Courier:
    """Belongs to an agent, which lets it look now and then whether there is anything to send."""

    def __init__(self) -> None:
        self.thread: threading.Thread | None = None

    def look(self) -> None:
        """Start sending unless that is going on, or nothing is due."""
        if (self.thread and self.thread.is_alive()) or not notices.any_due():
            return
        self.thread = threading.Thread(target=self._go, name="courier", daemon=True)
        self.thread.start()

    def _go(self) -> None:
        try:
            while notice := notices.take():
                deliver(notice)
        except (SQLAlchemyError, OSError) as error:  # the disk or the database is away for a while
            log.error("Notices wait, for the store could not be asked: %s", outages.cause(error))


def deliver(notice: Notice) -> None:
    """Send it; what goes wrong is told to its owner on the page, and it is tried again a few times."""
    hook, run = webhooks.of(notice.owner), records.run(notice.run, notice.owner)
    if hook is None or run is None:  # it was taken back, or the run was deleted
        notices.settle(notice, again=False)
        return
    try:
        if address.allowed() == address.OFF:
            notices.settle(notice, again=False)
            return
        delivery.post(hook.address, message.of(run, notice.kind, hook), hook.secret)
    except InputError as error:
        log.warning("A notice of run %s was not delivered, attempt %s.", run.id, notice.attempts)
        webhooks.told(hook, error.as_json())
        notices.settle(notice, again=True)
    else:
        webhooks.told(hook, None)
        notices.settle(notice, again=False)
