"""Kinds of runs and a column of shares get the field's names."""

import sqlalchemy
from alembic import op

revision = "0008"
down_revision = "0007"
KINDS = {"rehearse": "profile", "group": "cluster"}


def upgrade() -> None:
    runs = sqlalchemy.table("runs", sqlalchemy.column("kind"))
    for former, kind in KINDS.items():
        op.execute(runs.update().where(runs.c.kind == former).values(kind=kind))
    op.execute("ALTER TABLE shares RENAME COLUMN pictures TO examples")
