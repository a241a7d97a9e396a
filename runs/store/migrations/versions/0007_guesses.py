"""Wrong passcodes of demo links, by the address they came from."""

from alembic import op
from sqlalchemy import Column, Float, Integer, String

revision = "0007"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "guesses",
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("share", String(16), nullable=False),
        Column("address", String(64), nullable=False),
        Column("created", Float, nullable=False),
    )
    op.create_index("guesses_by_share", "guesses", ["share", "address"])
    op.create_index("guesses_by_age", "guesses", ["created"])
