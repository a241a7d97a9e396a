"""Which agents there are, on all hosts, and what each has to work with."""

from alembic import op
from sqlalchemy import JSON, Column, Float, Integer, String

revision = "0016"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "agents",
        Column("host", String(255), primary_key=True),
        Column("pid", Integer, nullable=False),
        Column("started", Float, nullable=False),
        Column("beat", Float, nullable=False),
        Column("gpus", JSON, nullable=False),
        Column("slots", JSON, nullable=False),
    )
