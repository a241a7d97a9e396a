"""Tables, the engine behind them, and the migrations that make them."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
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
    create_engine,
    event,
)

from runs import files

metadata = MetaData()

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
    Column("id", String(16), primary_key=True),  # of the content: the same files are kept once
    Column("owner", String(64), primary_key=True),
    Column("case", String(64), nullable=False),
    Column("name", String(255), nullable=False),
    Column("sample", Integer, nullable=False),  # 1: ours, not the person's
    Column("created", Float, nullable=False),
    Column("lineage", String(16), nullable=False),  # the id of the first version
    Column("version", Integer, nullable=False),
    Index("datasets_by_lineage", "owner", "lineage", "version"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("kind", String(16), nullable=False),  # a name in runs.kinds
    Column("case", String(64), nullable=False),
    Column("name", String(255), nullable=False),
    Column("dataset", String(16)),
    Column("subject", String(16)),  # what the work is about: a run, what a rehearsal is kept under, data to add to
    Column("parts", JSON),  # the uploads that a `read` reads
    Column("settings", JSON),  # of a fine_tune; of other kinds: what they are asked to do
    Column("edits", JSON),  # the edits of the data set as they were when the run was queued
    Column("launcher", String(16), nullable=False),
    Column("status", String(16), nullable=False),  # draft, queued, running, done, failed, stopped
    Column("phase", String(16)),  # preparing, training, evaluating, exporting
    Column("progress", JSON),
    Column("notes", JSON),
    Column("facts", JSON),  # what the run found out before training: counts, references, device
    Column("seconds", JSON),  # of each phase, over all attempts
    Column("error", JSON),  # as of `models.errors`; resumable: nothing that a person gave was at fault
    Column("result", JSON),
    Column("stop", String(8)),  # a person's wish: stop or discard
    Column("stop_asked", Float),
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
)

edits = Table(
    "edits",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("owner", String(64), nullable=False),
    Column("dataset", String(16), nullable=False),
    Column("sample", Integer, nullable=False),  # row number in the data set's samples
    Column("label", String(255)),  # null: left out
    Column("created", Float, nullable=False),
    Index("edits_by_dataset", "owner", "dataset", "id"),
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
    Column("pictures", Integer, nullable=False),  # 1: items of the test part may be shown
    Column("created", Float, nullable=False),
    Column("expires", Float),
    Column("revoked", Float),
    Index("shares_by_run", "owner", "run"),
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


def url() -> str:
    return os.environ.get("DATABASE_URL") or f"sqlite:///{files.home() / 'casebook.db'}"


def engine() -> Engine:
    return _engine(url())


@lru_cache(maxsize=4)
def _engine(address: str) -> Engine:
    made = create_engine(address, pool_pre_ping=not address.startswith("sqlite"))
    if made.dialect.name == "sqlite":
        event.listen(made, "connect", _pragmas)
    _migrate(made)
    return made


def _pragmas(connection: object, _: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")  # the app reads while a run writes


def _migrate(made: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with FileLock(files.home() / "migrate.lock"), made.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
