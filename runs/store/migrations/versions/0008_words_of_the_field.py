"""Kinds of runs, a column of shares and the settings of trainings get the field's names."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy
from alembic import op
from sqlalchemy import JSON, ColumnElement, column, select, table

from cases.stored_settings import FORMER

revision = "0008"
down_revision = "0007"
KINDS = {"rehearse": "profile", "group": "cluster"}


def upgrade() -> None:
    runs = table("runs", column("id"), column("kind"), column("settings", JSON), column("result", JSON))
    for former, kind in KINDS.items():
        op.execute(runs.update().where(runs.c.kind == former).values(kind=kind))
    op.execute("ALTER TABLE shares RENAME COLUMN pictures TO examples")
    kept = table("kept_settings", column("owner"), column("subject"), column("settings", JSON))
    for rows, keys in ((runs, (runs.c.id,)), (kept, (kept.c.owner, kept.c.subject))):
        for this, settings in _each(keys, rows.c.settings):
            if (now := _renamed(settings)) != settings:
                op.execute(rows.update().where(this).values(settings=now))
    for this, result in _each((runs.c.id,), runs.c.result):
        used = result.get("settings") if isinstance(result, dict) else None
        if (now := _renamed(used)) != used:
            op.execute(runs.update().where(this).values(result={**result, "settings": now}))


def _each(
    keys: tuple[sqlalchemy.ColumnClause[Any], ...], value: sqlalchemy.ColumnClause[Any]
) -> Iterator[tuple[ColumnElement[bool], Any]]:
    """The condition that finds a row, and its `value`; one row at a time, for the results of many runs are large."""
    database = op.get_bind()
    for row in database.execute(select(*keys)).all():
        this = sqlalchemy.and_(*(key == found for key, found in zip(keys, row, strict=True)))
        yield this, database.execute(select(value).where(this)).scalar_one()


def _renamed(settings: Any) -> Any:
    """Of two values of a setting the one under its present name; what is no mapping as it is."""
    if not isinstance(settings, dict):
        return settings
    now = {FORMER.get(name, name): value for name, value in settings.items()}
    return {name: settings.get(name, value) for name, value in now.items()}
