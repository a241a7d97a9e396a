"""Data sets and runs may lie in object storage, from which hosts with homes of their own take them."""

from alembic import op
from sqlalchemy import BigInteger, Column, Float, Index, String

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.add_column("runs", Column("home", String(16)))
    op.create_table(
        "stored_folders",
        Column("key", String(32), primary_key=True),
        Column("place", String(16), nullable=False),
        Column("manifest", String(64)),
        Column("bytes", BigInteger, nullable=False),
        Column("home", String(16), nullable=False),
        Column("owed", Float),
        Index("stored_folders_owed", "home", "owed"),
    )
    op.create_table(
        "deleted_folders",
        Column("place", String(16), primary_key=True),
        Column("key", String(32), nullable=False, index=True),
        Column("since", Float, nullable=False),
        Column("done", Float),
    )
