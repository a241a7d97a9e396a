"""Labels a person mended, which of them a run saw, and links to read-only demos."""

from alembic import op
from sqlalchemy import JSON, Column, Float, Integer, String

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "edits",
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("owner", String(64), nullable=False),
        Column("dataset", String(16), nullable=False),
        Column("sample", Integer, nullable=False),
        Column("label", String(255)),
        Column("created", Float, nullable=False),
    )
    op.create_index("edits_by_dataset", "edits", ["owner", "dataset", "id"])
    op.create_table(
        "shares",
        Column("id", String(16), primary_key=True),
        Column("owner", String(64), nullable=False),
        Column("run", String(16), nullable=False),
        Column("token_hash", String(64), nullable=False, unique=True),
        Column("passcode_hash", String(128)),
        Column("pictures", Integer, nullable=False),
        Column("created", Float, nullable=False),
        Column("expires", Float),
        Column("revoked", Float),
    )
    op.create_index("shares_by_run", "shares", ["owner", "run"])
    op.add_column("runs", Column("edits", JSON))
