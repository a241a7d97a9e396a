"""Tables, the engine behind them, and the migrations that make them."""

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
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    literal,
    text,
    update,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, SQLAlchemyError

from models.errors import InputError
from runs import outages, paths

PATIENCE, LONG = 10.0, 600.0  # seconds for which a page, and a run, wait for a database that is locked or away

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

metadata = MetaData()
patience = PATIENCE
# Written into a statement as they are: with a parameter in their place no partial index would be known to fit.
QUEUED, RUNNING, DISCARD = (literal(word, literal_execute=True) for word in ("queued", "running", "discard"))

uploads = Table(
    "uploads",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("name", String(255), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("created", Float, nullable=False),
)

datasets = Table(
    "datasets",
    metadata,
    Column("id", String(16), primary_key=True),  # of the content and its names: the same files are kept once
    Column("owner", String(64), primary_key=True),
    Column("case", String(64), nullable=False),
    Column("name", String(255), nullable=False),
    Column("sample", Integer, nullable=False),  # 1: ours, not the person's
    Column("created", Float, nullable=False),
    Column("lineage", String(16), nullable=False),  # the id of the first version
    Column("version", Integer, nullable=False),
    Column("content", String(16), nullable=False, server_default=""),  # the same whatever the files are called
    Index("datasets_by_lineage", "owner", "lineage", "version"),
    Index("datasets_by_content", "owner", "content"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("kind", String(16), nullable=False),  # a name in runs.kinds
    Column("case", String(64), nullable=False),
    Column("name", String(255), nullable=False),
    Column("remark", String(2000)),  # what its owner wrote beside it
    Column("tags", JSON),  # words by which its owner finds it
    Column("dataset", String(16)),
    Column("subject", String(16)),  # what the work is about: a run, what a profile is kept under, data to add to
    Column("parent", String(16)),  # the run that began this one and works it off within its own process
    Column("purpose", String(16)),  # what that began it for; null: a person's own, which is listed and counted
    Column("parts", JSON),  # the uploads that a `read` reads
    Column("settings", JSON),  # of a fine_tune; of other kinds: what they are asked to do
    Column("edits", JSON),  # the edits of the data set as they were when the run was queued
    Column("launcher", String(16), nullable=False),
    Column("processes", Integer, nullable=False, server_default="1"),  # that train it together, if its host has them
    Column("gpu_memory", Integer),  # MB of a card: estimated before it starts, then as seen; null: unknown
    Column("status", String(16), nullable=False),  # draft, queued, running, done, failed, stopped
    Column("phase", String(16)),  # preparing, training, evaluating, exporting
    Column("progress", JSON),
    Column("notes", JSON),  # what the run has to say
    Column("facts", JSON),  # what the run found out before training: counts, references, device
    Column("seconds", JSON),  # of each phase, over all attempts
    Column("error", JSON),  # as of `models.errors`; resumable: nothing that a person gave was at fault
    Column("result", JSON),
    Column("decision", JSON),  # temperature and threshold, as of `runs.results.decisions`
    Column("stop", String(8)),  # a person's wish: stop or discard
    Column("stop_asked", Float),
    Column("moved", Float),  # when the host put it before all others
    Column("home", String(16)),  # the only one that can do it, where hosts have homes of their own; null: any
    Column("host", String(255)),
    Column("pid", Integer),
    Column("pid_started", Float),
    Column("slot", Integer),
    Column("attempt", Integer, nullable=False),
    Column("beat", Float),
    Column("created", Float, nullable=False),
    Column("started", Float),
    Column("ended", Float),
    Index("runs_by_owner", "owner", "created"),
    Index("runs_by_status", "status", "created"),
    Index("runs_by_parent", "parent"),
    Index("runs_by_end", "ended"),
    *(
        Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))
        for name, columns, where in (
            ("runs_waiting", ("kind", "owner", "created"), "status = 'queued' AND parent IS NULL"),
            ("runs_at_work", ("host",), "status = 'running' AND parent IS NULL"),
            ("runs_discarded", ("id",), "stop = 'discard'"),
        )
    ),
)

stored_folders = Table(  # in the object storage, where there is one; see `runs.store.objects`
    "stored_folders",
    metadata,
    Column("key", String(32), primary_key=True),  # datasets/ID or runs/ID
    Column("place", String(16), nullable=False),  # below which its objects lie; another once it was deleted
    Column("manifest", String(64)),  # SHA-256 of the newest; null: nothing was pushed to the end
    Column("bytes", BigInteger, nullable=False),
    Column("home", String(16), nullable=False),  # which wrote it last, or has yet to
    Column("owed", Float),  # since when the home has something that is not there
    Index("stored_folders_owed", "home", "owed"),
)

deleted_folders = Table(  # whose objects are to be deleted, and copies of other homes
    "deleted_folders",
    metadata,
    Column("place", String(16), primary_key=True),
    Column("key", String(32), nullable=False, index=True),
    Column("since", Float, nullable=False),
    Column("done", Float),  # when nothing was left of the objects
)

turns = Table(  # the runs that begin next where many wait, worked out now and then; see `runs.store.turns`
    "turns",
    metadata,
    Column("lane", String(16), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("run", String(16), nullable=False),
    Column("stale", Float, nullable=False),  # when they are worked out again
)

edits = Table(
    "edits",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("owner", String(64), nullable=False),
    Column("dataset", String(16), nullable=False),
    Column("sample", Integer, nullable=False),  # row number in the data set's samples
    Column("label", Text),  # null: left out
    Column("created", Float, nullable=False),
    Index("edits_by_dataset", "owner", "dataset", "id"),
)

confirmed_labels = Table(
    "confirmed_labels",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("dataset", String(16), primary_key=True),
    Column("sample", Integer, primary_key=True, autoincrement=False),  # row number in the data set's samples
    Column("label", Text, nullable=False),  # a confirmation goes for this label, not for a later one
    Column("created", Float, nullable=False),
)

kept_settings = Table(
    "kept_settings",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("subject", String(16), primary_key=True),  # a data set or a run
    Column("settings", JSON, nullable=False),  # those that differ from what the fields would begin with
    Column("changed", Float, nullable=False),
)

shares = Table(
    "shares",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("run", String(16), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("passcode_hash", String(128)),
    Column("examples", Integer, nullable=False),  # 1: items of the test part may be shown
    Column("created", Float, nullable=False),
    Column("expires", Float),
    Column("revoked", Float),
    Column("kind", String(8), nullable=False, server_default="demo"),  # a name in runs.store.shares.KINDS
    Column("title", String(200), nullable=False, server_default=""),  # empty: that of the run
    Column("description", String(1000), nullable=False, server_default=""),
    Column("audience", String(200), nullable=False, server_default=""),  # for whom it was made; they do not see it
    Column("visits", Integer, nullable=False, server_default="0"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("used", Float),  # the last time
    Index("shares_by_run", "owner", "run"),
)

guesses = Table(  # at passcodes of shares
    "guesses",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("share", String(16), nullable=False),
    Column("address", String(64), nullable=False),  # as a keyed hash
    Column("created", Float, nullable=False),
    Index("guesses_by_share", "share", "address"),
    Index("guesses_by_age", "created"),
)

metrics = Table(
    "metrics",
    metadata,
    Column("run", String(16), primary_key=True),
    Column("split", String(16), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("written", Integer, nullable=False),  # counts up within a run: readers ask for what is new
    Column("values", JSON, nullable=False),
    Index("metrics_by_written", "run", "written"),
)

lesson_answers = Table(
    "lesson_answers",
    metadata,
    Column("run", String(16), primary_key=True),  # of the lesson; what was said in it outlives it
    Column("owner", String(64), nullable=False),
    Column("lesson", String(64), nullable=False),
    Column("data", String(255), nullable=False),  # the name of the data set
    Column("predicted", String(64), nullable=False),  # the id of a choice
    Column("came", Integer),  # whether the expected effect came; null: it is not over
    Column("answered", String(64)),  # the id of the first answer to the question at the end
    Column("created", Float, nullable=False),
    Index("lesson_answers_by_owner", "owner", "lesson", "created"),
)

agents = Table(
    "agents",
    metadata,
    Column("host", String(255), primary_key=True),
    Column("pid", Integer, nullable=False),
    Column("started", Float, nullable=False),
    Column("beat", Float, nullable=False),
    Column("gpus", JSON, nullable=False),  # of each its name, memory, used memory (MB) and how busy it is (percent)
    Column("slots", JSON, nullable=False),  # lane → how much this host does at once
)

limits = Table(
    "limits",
    metadata,
    Column("person", String(64), primary_key=True),  # empty: everyone for whom nothing else is said
    Column("storage", BigInteger),  # bytes
    Column("upload", BigInteger),  # bytes of one file
    Column("at_once", Integer),  # runs that wait or work
    Column("hours", Float),  # of computing in a day
)

server = Table(  # what the host has settled
    "server",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", JSON, nullable=False),
)


preferences = Table(  # what a person prefers to see
    "preferences",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("name", String(32), primary_key=True),
    Column("value", JSON, nullable=False),
)

webhooks = Table(  # where a person wants to be told how their runs end
    "webhooks",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("address", String(2000), nullable=False),  # a secret: whoever has it can write there
    Column("secret", String(64), nullable=False),  # signs what is sent
    Column("language", String(8), nullable=False),
    Column("page", String(500), nullable=False),  # how its owner's browser reaches the app
    Column("created", Float, nullable=False),
    Column("delivered", Float),  # the last time
    Column("failed", Float),  # since then none was delivered
    Column("error", JSON),  # as of `models.errors`
)

notices = Table(  # that wait to be sent there
    "notices",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("owner", String(64), nullable=False),
    Column("run", String(16), nullable=False),
    Column("kind", String(16), nullable=False),  # a name in runs.notices.kinds
    Column("attempts", Integer, nullable=False),
    Column("due", Float, nullable=False),
    Column("created", Float, nullable=False),
    Index("notices_by_due", "due"),
)


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
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:  # a migration that is not known here
            raise outages.later_version() from error
