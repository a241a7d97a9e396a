"""A run says how many processes of one host train it."""

from alembic import op
from sqlalchemy import Column, Integer

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("runs", Column("processes", Integer, nullable=False, server_default="1"))
