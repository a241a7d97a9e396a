"""A run keeps the temperature of its probabilities, and the threshold below which its model is not sure."""

from alembic import op
from sqlalchemy import JSON, Column

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("runs", Column("decision", JSON))
