"""Which agents there are, on all hosts, and what each has to work with; on PostgreSQL they hear of runs that change."""

from alembic import op
from sqlalchemy import JSON, Column, Float, Integer, String

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "agents",
        Column("host", String(255), primary_key=True),
        Column("pid", Integer, nullable=False),
        Column("started", Float, nullable=False),
        Column("beat", Float, nullable=False),
        Column("gpus", JSON, nullable=False),
        Column("slots", JSON, nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":  # see runs.store.changes; a heartbeat is no change
        op.execute(
            "CREATE FUNCTION casebook_runs_changed() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN NOTIFY casebook_runs; RETURN NULL; END $$"
        )
        op.execute(
            "CREATE TRIGGER runs_changed AFTER INSERT OR UPDATE OF status, stop ON runs "
            "FOR EACH STATEMENT EXECUTE FUNCTION casebook_runs_changed()"
        )
