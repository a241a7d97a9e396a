"""A data set knows its content apart from its id, and a session what a provider said when it began."""

from alembic import op
from sqlalchemy import Column, String

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("datasets", Column("content", String(16), nullable=False, server_default=""))
    op.execute("UPDATE datasets SET content = id")  # until now the id was that of the content alone
    op.create_index("datasets_by_content", "datasets", ["owner", "content"])
    op.add_column("sessions", Column("proof", String(64)))
    op.create_index("sessions_by_proof", "sessions", ["proof"], unique=True)
