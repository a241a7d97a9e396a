"""What a person prefers to see, and where they want to be told how their runs end."""

from alembic import op
from sqlalchemy import JSON, Column, Float, Index, Integer, String

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "preferences",
        Column("owner", String(64), primary_key=True),
        Column("name", String(32), primary_key=True),
        Column("value", JSON, nullable=False),
    )
    op.create_table(
        "webhooks",
        Column("owner", String(64), primary_key=True),
        Column("address", String(2000), nullable=False),
        Column("secret", String(64), nullable=False),
        Column("language", String(8), nullable=False),
        Column("page", String(500), nullable=False),
        Column("created", Float, nullable=False),
        Column("delivered", Float),
        Column("failed", Float),
        Column("error", JSON),
    )
    op.create_table(
        "notices",
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("owner", String(64), nullable=False),
        Column("run", String(16), nullable=False),
        Column("kind", String(16), nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("due", Float, nullable=False),
        Column("created", Float, nullable=False),
        Index("notices_by_due", "due"),
    )
