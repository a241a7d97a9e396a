"""People, their sessions, and invitations."""

from alembic import op
from sqlalchemy import Column, Float, Integer, String

revision = "0011"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "people",
        Column("id", String(16), primary_key=True),
        Column("name", String(64), nullable=False),
        Column("folded", String(255), nullable=False, unique=True),
        Column("source", String(16), nullable=False),
        Column("subject", String(64), unique=True),
        Column("password", String(255)),
        Column("host", Integer, nullable=False),
        Column("created", Float, nullable=False),
        Column("suspended", Float),
    )
    op.create_table(
        "sessions",
        Column("id", String(64), primary_key=True),
        Column("person", String(16), nullable=False),
        Column("browser", String(255), nullable=False),
        Column("address", String(64), nullable=False),
        Column("created", Float, nullable=False),
        Column("seen", Float, nullable=False),
        Column("expires", Float, nullable=False),
    )
    op.create_index("sessions_by_person", "sessions", ["person"])
    op.create_table(
        "invitations",
        Column("id", String(16), primary_key=True),
        Column("token_hash", String(64), nullable=False, unique=True),
        Column("by", String(16), nullable=False),
        Column("host", Integer, nullable=False),
        Column("places", Integer, nullable=False),
        Column("taken", Integer, nullable=False),
        Column("created", Float, nullable=False),
        Column("expires", Float, nullable=False),
    )
