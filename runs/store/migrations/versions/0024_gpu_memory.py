"""A run says how much of a graphics card's memory it needs."""

from alembic import op
from sqlalchemy import Column, Integer

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("runs", Column("gpu_memory", Integer))
