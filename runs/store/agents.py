"""Which agents there are, on all hosts: each keeps a row of its own while it lives."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psutil
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from runs.store.database import engine
from runs.store.tables import agents

BEAT = 5.0  # seconds between two signs of life
SILENT = 20.0  # seconds without one, then an agent counts as gone


@dataclass(frozen=True)
class AgentRow:
    """One agent as its row says; see `runs.store.tables` for the columns."""

    host: str
    pid: int
    started: float
    beat: float
    gpus: Sequence[Mapping[str, Any]]
    slots: Mapping[str, int]


def beat(gpus: Sequence[Mapping[str, Any]], slots: Mapping[str, int]) -> None:
    """Say that the agent of this host, which is this process, is alive."""
    dialect = postgresql if engine().dialect.name == "postgresql" else sqlite
    fresh = dict(pid=os.getpid(), started=psutil.Process().create_time(), beat=time.time(), gpus=list(gpus),
                 slots=dict(slots))  # fmt: skip
    saying = dialect.insert(agents).values(host=socket.gethostname(), **fresh)
    with engine().begin() as db:
        db.execute(saying.on_conflict_do_update(index_elements=["host"], set_=fresh))


def leave() -> None:
    """Say that this process is no agent any more; the row of one that came after it stays."""
    mine = (agents.c.host == socket.gethostname()) & (agents.c.pid == os.getpid())
    with engine().begin() as db:
        db.execute(delete(agents).where(mine))


def alive() -> list[AgentRow]:
    """Those heard of lately, on any host.

    Nobody asks whether the process is there: in containers the same host name has several tables of processes.
    """
    lately = select(agents).where(agents.c.beat > time.time() - SILENT).order_by(agents.c.host)
    with engine().connect() as db:
        return [AgentRow(**row._mapping) for row in db.execute(lately)]
