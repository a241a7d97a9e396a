"""What a person writes beside a run: a note and tags."""

from alembic import op
from sqlalchemy import JSON, Column, String

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("runs", Column("remark", String(2000)))
    op.add_column("runs", Column("tags", JSON))
