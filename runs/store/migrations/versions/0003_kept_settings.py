"""Settings chosen for a data set, or beside a run, that are not started yet."""

from alembic import op
from sqlalchemy import JSON, Column, Float, String

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "kept_settings",
        Column("owner", String(64), primary_key=True),
        Column("subject", String(16), primary_key=True),
        Column("settings", JSON, nullable=False),
        Column("changed", Float, nullable=False),
    )
