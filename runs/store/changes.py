"""Waits until somebody has queued, stopped or discarded a run: for agents that have nothing to do.

SQLite counts what other connections write, whatever it is: that number is asked for ten times a second, which reads no
table and costs some microseconds. PostgreSQL tells whoever listens, by a trigger that the migrations make, so nobody
has to ask; where a pool in between keeps that from arriving, a run waits for the next round.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from runs.store.database import engine

LOOK = 0.1  # seconds between two questions to SQLite
LISTEN = 0.5  # seconds between two looks at whether the agent is to leave, while PostgreSQL is listened to
CHANNEL = "casebook_runs"  # as the trigger calls it


class Changes:
    """What one agent has heard of; nothing that comes while it is at work is lost."""

    def __init__(self) -> None:
        self.version: object = None  # of SQLite's file, as it was seen last
        self.listening: Connection | None = None

    def wait(self, seconds: float, leaving: threading.Event) -> None:
        """Return after so many seconds, or as soon as there is a change or the agent is to leave."""
        end = time.monotonic() + seconds
        wait = self._ask if engine().dialect.name == "sqlite" else self._listen
        wait(end, leaving)

    def _ask(self, end: float, leaving: threading.Event) -> None:
        with engine().connect() as db:  # always the same one, for the agent has one thread
            raw: Any = db.connection.driver_connection
            while time.monotonic() < end:
                before, self.version = self.version, raw.execute("PRAGMA data_version").fetchone()
                if self.version != before or leaving.wait(LOOK):
                    return

    def _listen(self, end: float, leaving: threading.Event) -> None:
        if self.listening is None:
            self.listening = engine().connect().execution_options(isolation_level="AUTOCOMMIT")
            self.listening.exec_driver_sql(f"LISTEN {CHANNEL}")
            return  # what came before that was not heard
        raw: Any = self.listening.connection.driver_connection
        try:
            while time.monotonic() < end and not leaving.is_set():
                if any(True for _ in raw.notifies(timeout=LISTEN, stop_after=1)):
                    return
        except engine().dialect.loaded_dbapi.Error:  # the server is away: the next round says so
            self._stop_listening()

    def _stop_listening(self) -> None:
        gone, self.listening = self.listening, None
        if gone is not None:
            with suppress(SQLAlchemyError):
                gone.invalidate()
                gone.close()
