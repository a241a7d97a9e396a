"""An invitation says for whom it is."""

from alembic import op
from sqlalchemy import Column, String

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.add_column("invitations", Column("name", String(64)))
