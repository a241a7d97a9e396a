"""The tables of what is a person's own: preferences, answers in lessons, and where they are told how runs end."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Index, Integer, String, Table

from runs.store.tables.base import metadata

preferences = Table(  # what a person prefers to see
    "preferences",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("name", String(32), primary_key=True),
    Column("value", JSON, nullable=False),
)

lesson_answers = Table(
    "lesson_answers",
    metadata,
    Column("run", String(16), primary_key=True),  # of the lesson; what was said in it outlives it
    Column("owner", String(64), nullable=False),
    Column("lesson", String(64), nullable=False),
    Column("data", String(255), nullable=False),  # the name of the data set
    Column("predicted", String(64), nullable=False),  # the id of a choice
    Column("came", Integer),  # whether the expected effect came; null: it is not over
    Column("answered", String(64)),  # the id of the first answer to the question at the end
    Column("created", Float, nullable=False),
    Index("lesson_answers_by_owner", "owner", "lesson", "created"),
)

webhooks = Table(  # where a person wants to be told how their runs end
    "webhooks",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("address", String(2000), nullable=False),  # a secret: whoever has it can write there
    Column("secret", String(64), nullable=False),  # signs what is sent
    Column("language", String(8), nullable=False),
    Column("page", String(500), nullable=False),  # how its owner's browser reaches the app
    Column("created", Float, nullable=False),
    Column("delivered", Float),  # the last time
    Column("failed", Float),  # since then none was delivered
    Column("error", JSON),  # as of `models.errors`
)

notices = Table(  # that wait to be sent there
    "notices",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("owner", String(64), nullable=False),
    Column("run", String(16), nullable=False),
    Column("kind", String(16), nullable=False),  # a name in runs.notices.kinds
    Column("attempts", Integer, nullable=False),
    Column("due", Float, nullable=False),
    Column("created", Float, nullable=False),
    Index("notices_by_due", "due"),
)
