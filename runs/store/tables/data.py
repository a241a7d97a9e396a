"""The tables of data: uploads, data sets, what was changed in them, and their folders in the object storage."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Float, Index, Integer, String, Table, Text

from runs.store.tables.base import metadata

uploads = Table(
    "uploads",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("name", String(255), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("created", Float, nullable=False),
)

datasets = Table(
    "datasets",
    metadata,
    Column("id", String(16), primary_key=True),  # of the content and its names: the same files are kept once
    Column("owner", String(64), primary_key=True),
    Column("case", String(64), nullable=False),
    Column("name", String(255), nullable=False),
    Column("sample", Integer, nullable=False),  # 1: ours, not the person's
    Column("created", Float, nullable=False),
    Column("lineage", String(16), nullable=False),  # the id of the first version
    Column("version", Integer, nullable=False),
    Column("content", String(16), nullable=False, server_default=""),  # the same whatever the files are called
    Index("datasets_by_lineage", "owner", "lineage", "version"),
    Index("datasets_by_content", "owner", "content"),
)

edits = Table(
    "edits",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("owner", String(64), nullable=False),
    Column("dataset", String(16), nullable=False),
    Column("sample", Integer, nullable=False),  # row number in the data set's samples
    Column("label", Text),  # null: left out
    Column("created", Float, nullable=False),
    Index("edits_by_dataset", "owner", "dataset", "id"),
)

confirmed_labels = Table(
    "confirmed_labels",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("dataset", String(16), primary_key=True),
    Column("sample", Integer, primary_key=True, autoincrement=False),  # row number in the data set's samples
    Column("label", Text, nullable=False),  # a confirmation goes for this label, not for a later one
    Column("created", Float, nullable=False),
)

kept_settings = Table(
    "kept_settings",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("subject", String(16), primary_key=True),  # a data set or a run
    Column("settings", JSON, nullable=False),  # those that differ from what the fields would begin with
    Column("changed", Float, nullable=False),
)

stored_folders = Table(  # in the object storage, where there is one; see `runs.store.objects`
    "stored_folders",
    metadata,
    Column("key", String(32), primary_key=True),  # datasets/ID or runs/ID
    Column("place", String(16), nullable=False),  # below which its objects lie; another once it was deleted
    Column("manifest", String(64)),  # SHA-256 of the newest; null: nothing was pushed to the end
    Column("bytes", BigInteger, nullable=False),
    Column("home", String(16), nullable=False),  # which wrote it last, or has yet to
    Column("owed", Float),  # since when the home has something that is not there
    Index("stored_folders_owed", "home", "owed"),
)

deleted_folders = Table(  # whose objects are to be deleted, and copies of other homes
    "deleted_folders",
    metadata,
    Column("place", String(16), primary_key=True),
    Column("key", String(32), nullable=False, index=True),
    Column("since", Float, nullable=False),
    Column("done", Float),  # when nothing was left of the objects
)
