"""Labels that a person looked at and found right; a label can be a transcript, longer than any name of a class."""

from alembic import op
from sqlalchemy import Column, Float, Integer, String, Text

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "confirmed_labels",
        Column("owner", String(64), primary_key=True),
        Column("dataset", String(16), primary_key=True),
        Column("sample", Integer, primary_key=True, autoincrement=False),
        Column("label", Text, nullable=False),
        Column("created", Float, nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":  # SQLite holds no text to its length
        op.alter_column("edits", "label", type_=Text)
