"""The nodes of the Ray cluster, and what each process of a run is given of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from models.errors import InputError
from runs.cluster import jobs

KEPT = 10.0  # seconds that an answer counts for pages
BRIEFLY = 2.0  # seconds that a page waits for it


@dataclass(frozen=True)
class Node:
    """What Ray may give away on one host."""

    cpus: int
    gpus: int


@dataclass(frozen=True)
class Share:
    """What one process of a run is given."""

    cpus: int
    gpus: int


def alive(patience: float = jobs.PATIENCE) -> list[Node]:
    """
    Raises:
        NoAnswer: the cluster is away.
    """
    told = jobs.ask("GET", "/api/v0/nodes?limit=10000", patience)
    try:
        rows = told["data"]["result"]["result"]
        every = [one["resources_total"] for one in rows if one["state"] == "ALIVE"]
    except (KeyError, TypeError) as error:
        raise jobs.NoAnswer(f"What answers is no Ray cluster ({type(error).__name__}).") from error
    return [Node(int(one.get("CPU", 0)), int(one.get("GPU", 0))) for one in every]


def most(nodes: Sequence[Node]) -> int:
    """How many processes can train together: the cards of all nodes, else their processors."""
    return sum(one.gpus for one in nodes) or sum(one.cpus for one in nodes)


def share(nodes: Sequence[Node], processes: int) -> Share:
    """A card for each process with its part of the host's processors; without cards as many processors as leave room
    for all, at most those of the smallest host."""
    with_cards = [one.cpus // one.gpus for one in nodes if one.gpus]
    if with_cards:
        return Share(max(1, min(with_cards)), 1)
    cpus = [one.cpus for one in nodes if one.cpus]
    fitting = [n for n in range(min(cpus, default=1), 0, -1) if sum(one // n for one in cpus) >= processes]
    return Share(fitting[0] if fitting else 1, 0)


_lock = Lock()
_known: dict[str, tuple[float, list[Node] | None]] = {}  # address → until when it counts, and the nodes


def seen() -> list[Node] | None:
    """The nodes as pages show them; None where the cluster does not answer."""
    with _lock:  # of many pages one asks
        until, found = _known.get(jobs.address(), (0.0, None))
        if time.monotonic() > until:
            try:
                found = alive(BRIEFLY)
            except (jobs.NoAnswer, InputError):
                found = None
            _known[jobs.address()] = (time.monotonic() + KEPT, found)
    return found
