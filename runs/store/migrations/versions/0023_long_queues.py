"""Claims and rounds of agents stay quick where a hundred thousand runs wait."""

from alembic import op
from sqlalchemy import Column, Float, Integer, String, text

revision = "0023"
down_revision = "0022"

PARTIAL = (
    ("runs_waiting", ["kind", "owner", "created"], "status = 'queued' AND parent IS NULL"),
    ("runs_at_work", ["host"], "status = 'running' AND parent IS NULL"),
    ("runs_discarded", ["id"], "stop = 'discard'"),
)


def upgrade() -> None:
    op.create_index("runs_by_end", "runs", ["ended"])
    for name, columns, where in PARTIAL:
        op.create_index(name, "runs", columns, postgresql_where=text(where), sqlite_where=text(where))
    op.create_table(
        "turns",
        Column("lane", String(16), primary_key=True),
        Column("place", Integer, primary_key=True, autoincrement=False),
        Column("run", String(16), nullable=False),
        Column("stale", Float, nullable=False),
    )
