"""Links have a name, say what they show and for whom, and count their visitors."""

from alembic import op
from sqlalchemy import Column, Float, Integer, String

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("shares", Column("kind", String(8), nullable=False, server_default="demo"))
    op.add_column("shares", Column("title", String(200), nullable=False, server_default=""))
    op.add_column("shares", Column("description", String(1000), nullable=False, server_default=""))
    op.add_column("shares", Column("audience", String(200), nullable=False, server_default=""))
    op.add_column("shares", Column("visits", Integer, nullable=False, server_default="0"))
    op.add_column("shares", Column("tries", Integer, nullable=False, server_default="0"))
    op.add_column("shares", Column("used", Float))
