"""The engine behind the tables, and the migrations that make them."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from filelock import FileLock
from sqlalchemy import Engine, create_engine, event, func, select, update
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, SQLAlchemyError

from models.errors import InputError
from runs import outages, paths
from runs.store.tables import runs

PATIENCE, LONG = 10.0, 600.0  # seconds for which a page, and a run, wait for a database that is locked or away

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

patience = PATIENCE


def url() -> str:
    return os.environ.get("DATABASE_URL") or f"sqlite:///{paths.home() / 'casebook.db'}"


def engine() -> Engine:
    """
    Raises:
        InputError: `DATABASE_URL` names nothing that can be used.
    """
    return _engine(url())


def lacking() -> InputError | OSError | SQLAlchemyError | None:
    """Why nothing can be kept: there is no home, or no database; None where both are there."""
    if paths.place().resolve() == paths.CODE.resolve():  # folders named as Python packages are would be imported
        return outages.home_is_code()
    try:
        paths.require_writable()
        with engine().begin() as db:
            db.execute(update(runs).where(runs.c.id == "").values(pid=None))  # changes nothing, but needs the lock
    except (InputError, OSError, SQLAlchemyError) as error:
        return outages.told(error) or error
    return None


@contextmanager
def waiting_long() -> Iterator[None]:
    """In this process every statement waits until the database can be had again: a run does not fail for a lock."""
    global patience
    patience = LONG
    engine().dispose()  # connections keep the patience they were made with
    try:
        yield
    finally:
        patience = PATIENCE
        engine().dispose()


@lru_cache(maxsize=4)
def _engine(address: str) -> Engine:
    return at(address)


def at(address: str) -> Engine:
    """An engine of its own for the database at this address, whose tables are made or brought up to date.

    Raises:
        InputError: nothing can be used there.
    """
    try:
        made = create_engine(address, pool_pre_ping=not address.startswith("sqlite"), hide_parameters=True)
    except (ArgumentError, ImportError, ValueError) as error:  # a driver that is missing, a port that is no number
        raise outages.no_database() from error
    if made.dialect.name == "sqlite":
        event.listen(made, "connect", _pragmas)
        _migrate(made)
        event.listen(made, "do_connect", _require_file)
        event.listen(made, "checkout", _require_same_file)
    else:
        event.listen(made, "do_connect", _insist)
        _migrate(made)
    return made


def _pragmas(connection: Any, record: Any) -> None:
    wait = f"busy_timeout={int(patience * 1000)}"
    for pragma in (wait, "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")  # the app reads while a run writes
    record.info["file"] = _identity(connection)


def _identity(connection: Any) -> tuple[str, int | None]:
    """The path of the file behind a connection, and which file is found there now."""
    path = connection.execute("PRAGMA database_list").fetchone()[2]
    return path, _inode(path)


def _inode(path: str) -> int | None:
    try:
        return os.stat(path).st_ino if path else None
    except OSError:
        return None


def _require_file(_dialect: Any, _record: Any, arguments: list[Any], _more: Any) -> None:
    """SQLite would begin with an empty file where a disk has gone away."""
    if arguments[0] not in ("", ":memory:") and not Path(arguments[0]).exists():
        raise sqlite3.OperationalError("unable to open database file")


def _require_same_file(_connection: Any, record: Any, _proxy: Any) -> None:
    path, known = record.info["file"]
    if known != _inode(path):
        raise DisconnectionError("The file was removed or replaced.")


def insisting(write: Callable[P, T]) -> Callable[P, T]:
    """A write that comes to the same when it is done twice: while a run waits long, it is done once more where the
    server went away before it answered."""

    @wraps(write)
    def again(*given: P.args, **values: P.kwargs) -> T:
        end = time.monotonic() + (patience if patience > PATIENCE else 0)
        while True:
            try:
                return write(*given, **values)
            except DBAPIError as error:
                if not error.connection_invalidated or time.monotonic() > end:
                    raise
                log.warning("The database went away; the write is done once more: %s", outages.cause(error))

    return again


def _insist(dialect: Any, _record: Any, arguments: list[Any], more: dict[str, Any]) -> Any:
    """A connection, as soon as the server gives one."""
    end = time.monotonic() + (patience if patience > PATIENCE else 0)
    while True:
        try:
            return dialect.connect(*arguments, **more)
        except dialect.loaded_dbapi.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)


def _migrate(made: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with FileLock(paths.home() / "migrate.lock"), made.begin() as connection:
        if made.dialect.name == "postgresql":  # hosts with homes of their own start at once
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("migrations"))))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:  # a migration that is not known here
            raise outages.later_version() from error
