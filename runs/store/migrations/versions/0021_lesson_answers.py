"""What readers predicted and answered in lessons; it outlives the run of the lesson."""

from alembic import op
from sqlalchemy import Column, Float, Index, Integer, String

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "lesson_answers",
        Column("run", String(16), primary_key=True),
        Column("owner", String(64), nullable=False),
        Column("lesson", String(64), nullable=False),
        Column("data", String(255), nullable=False),
        Column("predicted", String(64), nullable=False),
        Column("came", Integer),
        Column("answered", String(64)),
        Column("created", Float, nullable=False),
        Index("lesson_answers_by_owner", "owner", "lesson", "created"),
    )
