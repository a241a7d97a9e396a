"""Runs that other runs begin: whose they are, and what for."""

from alembic import op
from sqlalchemy import Column, String

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("runs", Column("parent", String(16)))
    op.add_column("runs", Column("purpose", String(16)))
    op.create_index("runs_by_parent", "runs", ["parent"])
