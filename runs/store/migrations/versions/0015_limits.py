"""What each person may use, and what the host has settled for the whole server."""

from alembic import op
from sqlalchemy import JSON, BigInteger, Column, Float, Integer, String

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "limits",
        Column("person", String(64), primary_key=True),
        Column("storage", BigInteger),
        Column("upload", BigInteger),
        Column("at_once", Integer),
        Column("hours", Float),
    )
    op.create_table("server", Column("name", String(32), primary_key=True), Column("value", JSON, nullable=False))
