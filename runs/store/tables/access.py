"""The tables of who may reach what: share links, guesses at their passcodes, limits, and what the host has settled."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Float, Index, Integer, String, Table

from runs.store.tables.base import metadata

shares = Table(
    "shares",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("run", String(16), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("passcode_hash", String(128)),
    Column("examples", Integer, nullable=False),  # 1: items of the test part may be shown
    Column("created", Float, nullable=False),
    Column("expires", Float),
    Column("revoked", Float),
    Column("kind", String(8), nullable=False, server_default="demo"),  # a name in runs.store.shares.KINDS
    Column("title", String(200), nullable=False, server_default=""),  # empty: that of the run
    Column("description", String(1000), nullable=False, server_default=""),
    Column("audience", String(200), nullable=False, server_default=""),  # for whom it was made; they do not see it
    Column("visits", Integer, nullable=False, server_default="0"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("used", Float),  # the last time
    Index("shares_by_run", "owner", "run"),
)

guesses = Table(  # at passcodes of shares
    "guesses",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("share", String(16), nullable=False),
    Column("address", String(64), nullable=False),  # as a keyed hash
    Column("created", Float, nullable=False),
    Index("guesses_by_share", "share", "address"),
    Index("guesses_by_age", "created"),
)

limits = Table(
    "limits",
    metadata,
    Column("person", String(64), primary_key=True),  # empty: everyone for whom nothing else is said
    Column("storage", BigInteger),  # bytes
    Column("upload", BigInteger),  # bytes of one file
    Column("at_once", Integer),  # runs that wait or work
    Column("hours", Float),  # of computing in a day
)

server = Table(  # what the host has settled
    "server",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", JSON, nullable=False),
)
