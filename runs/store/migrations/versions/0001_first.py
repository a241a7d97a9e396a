"""The first tables: uploads, data sets, runs, metrics."""

from alembic import op
from sqlalchemy import JSON, BigInteger, Column, Float, Integer, String

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "uploads",
        Column("id", String(32), primary_key=True),
        Column("owner", String(64), nullable=False),
        Column("name", String(255), nullable=False),
        Column("bytes", BigInteger, nullable=False),
        Column("sha256", String(64), nullable=False),
        Column("created", Float, nullable=False),
    )
    op.create_table(
        "datasets",
        Column("id", String(16), primary_key=True),
        Column("owner", String(64), primary_key=True),
        Column("case", String(64), nullable=False),
        Column("name", String(255), nullable=False),
        Column("sample", Integer, nullable=False),
        Column("created", Float, nullable=False),
    )
    op.create_table(
        "runs",
        Column("id", String(16), primary_key=True),
        Column("owner", String(64), nullable=False),
        Column("kind", String(16), nullable=False),
        Column("case", String(64), nullable=False),
        Column("name", String(255), nullable=False),
        Column("dataset", String(16)),
        Column("subject", String(16)),
        Column("parts", JSON),
        Column("settings", JSON),
        Column("launcher", String(16), nullable=False),
        Column("status", String(16), nullable=False),
        Column("phase", String(16)),
        Column("progress", JSON),
        Column("notes", JSON),
        Column("facts", JSON),
        Column("seconds", JSON),
        Column("error", JSON),
        Column("result", JSON),
        Column("stop", String(8)),
        Column("stop_asked", Float),
        Column("host", String(255)),
        Column("pid", Integer),
        Column("pid_started", Float),
        Column("slot", Integer),
        Column("attempt", Integer, nullable=False),
        Column("beat", Float),
        Column("created", Float, nullable=False),
        Column("started", Float),
        Column("ended", Float),
    )
    op.create_index("runs_by_owner", "runs", ["owner", "created"])
    op.create_index("runs_by_status", "runs", ["status", "created"])
    op.create_table(
        "metrics",
        Column("run", String(16), primary_key=True),
        Column("split", String(16), primary_key=True),
        Column("step", Integer, primary_key=True),
        Column("written", Integer, nullable=False),
        Column("values", JSON, nullable=False),
    )
    op.create_index("metrics_by_written", "metrics", ["run", "written"])
