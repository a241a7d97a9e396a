"""The host can put a waiting run before all others."""

from alembic import op
from sqlalchemy import Column, Float

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("runs", Column("moved", Float))
