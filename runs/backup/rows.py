"""The rows of a home as one SQLite file, and back into an empty database of either kind."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Connection, Engine, MetaData, Table, delete, func, insert, inspect, select, text, update
from sqlalchemy.exc import IntegrityError

from models.errors import N_, InputError
from runs import paths
from runs.backup import damaged
from runs.identity.server_settings import RESTORED, RETENTION
from runs.kinds import LAUNCHED_BY
from runs.store import database, tables
from runs.store.database import engine
from runs.store.tables import datasets, metadata, runs, server, uploads

# Of these minutes, or ended logins, which must not come back; and what lies in an object storage: two homes that were
# made of one would delete it for each other, so a restored one pushes all that it has.
OF_NOW = ("agents", "deleted_folders", "guesses", "notices", "sessions", "stored_folders", "turns")
BACKUP = "backup"  # kind of the work that makes this copy, and would make another where it is restored
AT_ONCE, DAY = 1000, 24 * 3600.0  # rows, seconds
DEEPEST = 100  # parts of JSON within parts
_IDENTITY = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)  # what may become the name of a file or a folder
_MORE_THAN_TABLES = (
    "SELECT count(*) FROM sqlite_master WHERE type NOT IN ('table', 'index') OR sql LIKE 'CREATE VIRTUAL%'"
)
_NAMING = ("dataset", "subject", "parent", "lineage", "run")  # columns that hold one
_NAMED = (runs, datasets, uploads)  # their id is one, too


def snapshot(into: Path) -> None:
    """Copy all rows as they are at one moment, while others write."""
    live = engine()
    if live.dialect.name == "sqlite":
        _copy_sqlite(str(live.url.database), into)
        return
    # One transaction that sees one moment; pg_dump would have to be there, in a version that fits the server.
    reading = live.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with reading as source, _opened(into) as copy, copy.begin() as target:
        for table in _tables(source):
            _copy_table(source, target, table)


def _copy_sqlite(live: str, into: Path) -> None:
    with closing(sqlite3.connect(live, timeout=database.PATIENCE)) as source, closing(sqlite3.connect(into)) as copy:
        source.backup(copy)  # in one step: whoever writes meanwhile is not kept waiting, for the journal is a WAL
        copy.execute("PRAGMA journal_mode=DELETE")
        for table in OF_NOW:
            copy.execute(f"DELETE FROM {table}")
        copy.commit()


def leave_out_what_is_gone(copy: Path, lacking: Collection[str]) -> None:
    """Take those rows out of a snapshot that were deleted since, and work whose uploads were gone before they could be
    copied.

    Args:
        lacking: the ids of those uploads.
    """
    with _opened(copy) as opened, opened.begin() as kept, engine().connect() as live:
        gone = _ids(kept, runs) - _ids(live, runs)
        unread = kept.execute(select(runs.c.id, runs.c.parts).where(runs.c.status.in_(("queued", "running"))))
        gone |= {row.id for row in unread if any(part["upload"] in lacking for part in row.parts or ())}
        gone |= set(kept.execute(select(runs.c.id).where(runs.c.kind == BACKUP)).scalars())
        for one in sorted(gone):
            for column in (tables.metrics.c.run, tables.shares.c.run, tables.kept_settings.c.subject, runs.c.id):
                kept.execute(delete(column.table).where(column == one))
        for one, owner in _owned(kept) - _owned(live):
            for column in (datasets.c.id, tables.edits.c.dataset, tables.confirmed_labels.c.dataset,
                           tables.kept_settings.c.subject):  # fmt: skip
                kept.execute(delete(column.table).where(column == one, column.table.c.owner == owner))


def uploads_in(copy: Path) -> set[str]:
    """The ids of the uploads that a snapshot has rows of."""
    with _opened(copy) as opened, opened.connect() as kept:
        return _ids(kept, uploads)


def restore(copy: Path, target: Connection) -> Mapping[str, int]:
    """Insert all rows of a snapshot into empty tables; returns how many of each.

    Raises:
        InputError: the snapshot is damaged, or of a later version, or names a file that lies elsewhere.
    """
    _require_plain(copy)
    _require_version(copy)
    tables = _tables(target)
    with _opened(copy) as opened, opened.connect() as source:
        _require_tables(source, tables)
        try:
            copied = {table.name: _copy_table(source, target, table, believed=False) for table in tables}
        except (ValueError, TypeError, AttributeError, RecursionError, IntegrityError) as error:  # not of its column
            raise damaged() from error
    _take_up_again(target)
    _begin_anew(target)
    if target.dialect.name == "postgresql":  # which counts on from where it was
        for table in tables:
            if table.autoincrement_column is not None and copied[table.name]:
                there = {"named": table.name, "column": table.autoincrement_column.name}
                last = f"(SELECT max({table.autoincrement_column.name}) FROM {table.name})"
                target.execute(text(f"SELECT setval(pg_get_serial_sequence(:named, :column), {last})"), there)
    return copied


def _take_up_again(target: Connection) -> None:
    """What ran then waits again, or has ended where it was asked to; its process, if it is there, is another home's."""
    was_running = (runs.c.status == "running") & runs.c.parent.is_(None)
    asked = update(runs).where(was_running, runs.c.stop.is_not(None))
    target.execute(asked.values(status="stopped", ended=time.time(), pid=None, host=None))
    target.execute(update(runs).where(was_running).values(status="queued", pid=None, host=None))
    elsewhere = runs.c.home.is_not(None)  # its uploads lie here now
    if target.execute(select(runs.c.id).where(elsewhere).limit(1)).first():
        target.execute(update(runs).where(elsewhere).values(home=paths.home_id()))
    begun = runs.c.parent.is_not(None) & runs.c.status.in_(("queued", "running"))  # whoever began them takes them up
    target.execute(update(runs).where(begun).values(status="stopped", ended=time.time(), pid=None, host=None))


def _begin_anew(target: Connection) -> None:
    """Sessions are not in a backup, also none that had ended; so no login from before counts. What the host's rules
    remove after a while stays for a day: much may be old."""
    now = time.time()
    rules = target.execute(select(server.c.value).where(server.c.name == RETENTION)).scalar()
    settled = {RESTORED: now, **({RETENTION: {**rules, "next": now + DAY}} if isinstance(rules, dict) else {})}
    target.execute(delete(server).where(server.c.name.in_(settled)))
    for name, value in settled.items():
        target.execute(insert(server).values(name=name, value=value))


def require_empty(target: Connection) -> None:
    """
    Raises:
        InputError: the database has rows already.
    """
    for table in _tables(target):
        if target.execute(select(func.count()).select_from(table)).scalar_one():
            raise InputError(
                found=N_("The database already holds rows."),
                expected=N_("A backup is restored into an empty database."),
                remedy=N_("Set DATABASE_URL to an empty database, or unset it."),
            )


def _tables(db: Connection) -> list[Table]:
    """All that are backed up, as the database itself names them: who defines them may not be imported here."""
    there = MetaData()
    there.reflect(db)
    left_out = (*OF_NOW, "alembic_version")
    return [metadata.tables.get(table.name, table) for table in there.sorted_tables if table.name not in left_out]


def _copy_table(source: Connection, target: Connection, table: Table, *, believed: bool = True) -> int:
    """`None` of a JSON column is written as no value, not as JSON's null."""
    many, plain = 0, _without_null(table)
    everything = select(table).execution_options(yield_per=AT_ONCE)
    for some in source.execute(everything).mappings().partitions():
        rows = [dict(row) for row in some]
        for row in () if believed else rows:
            _require_inside(table, row)
        target.execute(insert(plain), rows)
        many += len(rows)
    return many


def _without_null(table: Table) -> Table:
    copy = table.to_metadata(MetaData())
    for column in copy.columns:
        if isinstance(column.type, JSON):
            column.type = JSON(none_as_null=True)
    return copy


def _require_inside(table: Table, row: Mapping[str, Any]) -> None:
    """Ids become names of folders: one of an archive that was made to do harm could lead elsewhere."""
    named = [row[name] for name in _NAMING if row.get(name) is not None]
    named += [row["id"]] if table in _NAMED else []
    named += [part.get("upload", "") for part in row.get("parts") or ()]
    if not all(_IDENTITY.fullmatch(one) for one in named) or any(map(_is_deep, row.values())):
        raise damaged()
    if table is runs and row["launcher"] not in LAUNCHED_BY:
        raise damaged()


def _is_deep(value: Any, left: int = DEEPEST) -> bool:
    """Whether parts lie in parts of JSON farther down than pages and runs could follow."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return not left or any(_is_deep(one, left - 1) for one in inner if isinstance(one, (dict, list)))


def _require_plain(copy: Path) -> None:
    """No more than tables: what else an SQLite file can hold would be run when it is read."""
    try:
        with closing(sqlite3.connect(f"{copy.as_uri()}?mode=ro&immutable=1", uri=True)) as opened:
            opened.execute("PRAGMA trusted_schema=OFF")
            found = opened.execute(_MORE_THAN_TABLES).fetchone()
            sound = opened.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    except sqlite3.DatabaseError as error:
        raise damaged() from error
    if found != (0,) or not sound:
        raise damaged()


def _require_version(copy: Path) -> None:
    """Without the one revision that its tables have they would be made anew, beside those that are there."""
    try:
        with closing(sqlite3.connect(f"{copy.as_uri()}?mode=ro&immutable=1", uri=True)) as opened:
            found = opened.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.DatabaseError as error:
        raise damaged() from error
    if len(found) != 1 or not isinstance(found[0][0], str):
        raise damaged()


def _require_tables(source: Connection, tables: Sequence[Table]) -> None:
    looked = inspect(source)
    for table in tables:
        there = {column["name"] for column in looked.get_columns(table.name)} if looked.has_table(table.name) else set()
        if not there.issuperset(table.columns.keys()):
            raise damaged()


def _owned(db: Connection) -> set[tuple[str, str]]:
    return {(row.id, row.owner) for row in db.execute(select(datasets.c.id, datasets.c.owner))}


def _ids(db: Connection, table: Table) -> set[str]:
    return set(db.execute(select(table.c.id)).scalars())


@contextmanager
def _opened(path: Path) -> Iterator[Engine]:
    """The database in this file, in the present version."""
    made = database.at(f"sqlite:///{path}")
    try:
        yield made
    finally:
        made.dispose()
