"""Counts why runs were started again."""

from alembic import op
from sqlalchemy import Column, Integer, String

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_table(
        "restarts",
        Column("reason", String(16), primary_key=True),
        Column("count", Integer, nullable=False),
    )
