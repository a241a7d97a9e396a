"""Data sets that take more files later: which belong together, and which version each is."""

from alembic import op
from sqlalchemy import Column, Integer, String

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("datasets", Column("lineage", String(16), nullable=False, server_default=""))
    op.add_column("datasets", Column("version", Integer, nullable=False, server_default="1"))
    op.execute("UPDATE datasets SET lineage = id")
    op.create_index("datasets_by_lineage", "datasets", ["owner", "lineage", "version"])
