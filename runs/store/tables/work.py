"""The tables of work: runs with their metrics, the order of those that wait, and the agents that do them."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Index, Integer, String, Table, literal, text

from runs.store.tables.base import metadata

# Written into a statement as they are: with a parameter in their place no partial index would be known to fit.
QUEUED, RUNNING, DISCARD = (literal(word, literal_execute=True) for word in ("queued", "running", "discard"))

runs = Table(
    "runs",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("kind", String(16), nullable=False),  # a name in runs.kinds
    Column("case", String(64), nullable=False),
    Column("name", String(255), nullable=False),
    Column("remark", String(2000)),  # what its owner wrote beside it
    Column("tags", JSON),  # words by which its owner finds it
    Column("dataset", String(16)),
    Column("subject", String(16)),  # what the work is about: a run, what a profile is kept under, data to add to
    Column("parent", String(16)),  # the run that began this one and works it off within its own process
    Column("purpose", String(16)),  # what that began it for; null: a person's own, which is listed and counted
    Column("parts", JSON),  # the uploads that a `read` reads
    Column("settings", JSON),  # of a fine_tune; of other kinds: what they are asked to do
    Column("edits", JSON),  # the edits of the data set as they were when the run was queued
    Column("launcher", String(16), nullable=False),
    Column("processes", Integer, nullable=False, server_default="1"),  # that train it together, if its host has them
    Column("gpu_memory", Integer),  # MB of a card: estimated before it starts, then as seen; null: unknown
    Column("status", String(16), nullable=False),  # draft, queued, running, done, failed, stopped
    Column("phase", String(16)),  # starting, preparing, training, evaluating, exporting; null: none of these yet
    Column("progress", JSON),
    Column("notes", JSON),  # what the run has to say
    Column("facts", JSON),  # what the run found out before training: counts, references, device
    Column("seconds", JSON),  # of each phase, over all attempts
    Column("error", JSON),  # as of `models.errors`; resumable: nothing that a person gave was at fault
    Column("result", JSON),
    Column("decision", JSON),  # temperature and threshold, as of `runs.results.decisions`
    Column("stop", String(8)),  # a person's wish: stop or discard
    Column("stop_asked", Float),
    Column("moved", Float),  # when the host put it before all others
    Column("home", String(16)),  # the only one that can do it, where hosts have homes of their own; null: any
    Column("host", String(255)),
    Column("pid", Integer),
    Column("pid_started", Float),
    Column("slot", Integer),
    Column("attempt", Integer, nullable=False),
    Column("beat", Float),
    Column("created", Float, nullable=False),
    Column("started", Float),
    Column("ended", Float),
    Index("runs_by_owner", "owner", "created"),
    Index("runs_by_status", "status", "created"),
    Index("runs_by_parent", "parent"),
    Index("runs_by_end", "ended"),
    *(
        Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))
        for name, columns, where in (
            ("runs_waiting", ("kind", "owner", "created"), "status = 'queued' AND parent IS NULL"),
            ("runs_at_work", ("host",), "status = 'running' AND parent IS NULL"),
            ("runs_discarded", ("id",), "stop = 'discard'"),
        )
    ),
)

turns = Table(  # the runs that begin next where many wait, worked out now and then; see `runs.store.turns`
    "turns",
    metadata,
    Column("lane", String(16), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("run", String(16), nullable=False),
    Column("stale", Float, nullable=False),  # when they are worked out again
)

restarts = Table(  # how many runs were started again, by why their process had ended
    "restarts",
    metadata,
    Column("reason", String(16), primary_key=True),  # a key of runs.store.deaths.AGAIN
    Column("count", Integer, nullable=False),
)

metrics = Table(
    "metrics",
    metadata,
    Column("run", String(16), primary_key=True),
    Column("split", String(16), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("written", Integer, nullable=False),  # counts up within a run: readers ask for what is new
    Column("values", JSON, nullable=False),
    Index("metrics_by_written", "run", "written"),
)

agents = Table(
    "agents",
    metadata,
    Column("host", String(255), primary_key=True),
    Column("pid", Integer, nullable=False),
    Column("started", Float, nullable=False),
    Column("beat", Float, nullable=False),
    Column("gpus", JSON, nullable=False),  # of each its name, memory, used memory (MB) and how busy it is (percent)
    Column("slots", JSON, nullable=False),  # lane → how much this host does at once
)
