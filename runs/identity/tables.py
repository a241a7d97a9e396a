"""The tables of people, of their sessions and of invitations."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, String, Table

from runs.store.tables import metadata

people = Table(
    "people",
    metadata,
    Column("id", String(16), primary_key=True),  # the owner in every other table
    Column("name", String(64), nullable=False),  # as it is shown
    Column("folded", String(255), nullable=False, unique=True),  # by which two names are the same
    Column("source", String(16), nullable=False),  # password, oidc, header
    Column("subject", String(64), unique=True),  # SHA-256 of what a provider or a proxy calls the person
    Column("password", String(255)),  # as argon2 writes it
    Column("host", Integer, nullable=False),  # 1: may invite, suspend and remove others
    Column("created", Float, nullable=False),
    Column("suspended", Float),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(64), primary_key=True),  # SHA-256 of the secret in the cookie
    Column("person", String(16), nullable=False),
    Column("browser", String(255), nullable=False),
    Column("address", String(64), nullable=False),
    Column("created", Float, nullable=False),
    Column("seen", Float, nullable=False),
    Column("expires", Float, nullable=False),
    Column("proof", String(64)),  # SHA-256 of what a provider said of this login, which is good for one session
    Index("sessions_by_person", "person"),
    Index("sessions_by_proof", "proof", unique=True),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("by", String(16), nullable=False),  # a person; empty: the first start
    Column("host", Integer, nullable=False),  # 1: who accepts it becomes a host
    Column("name", String(64)),  # of the one person it is for, who may choose another
    Column("places", Integer, nullable=False),
    Column("taken", Integer, nullable=False),
    Column("created", Float, nullable=False),
    Column("expires", Float, nullable=False),
)
