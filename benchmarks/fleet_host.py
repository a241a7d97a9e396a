"""The hosts of `benchmarks.fleet`: names whose turns a few processes take, each by what an agent calls.

`socket.gethostname` answers with the name whose turn it is in a thread; nothing else is changed.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from typing import Any

from runs.kinds import LANES, in_lane
from runs.store import agents, notices, queue
from runs.store.changes import Changes
from runs.store.records import Run
from runs.worker.agent_process import ANYWAY

SLOTS = {"interactive": 1, "lengthy": 1, "training": 1, "upkeep": 1}
GPUS = [{"name": "NVIDIA H100", "memory": 81559, "used": 40000, "busy": 97}]
turn = threading.local()


@dataclass
class Tally:
    """What the hosts of one process did."""

    claimed: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)  # of each claim
    rounds: int = 0
    beats: int = 0


def as_host(name: str) -> None:
    turn.name = name
    socket.gethostname = lambda: turn.name


def look(name: str, lanes: Sequence[str] = LANES) -> list[Run]:
    """The questions of one round of an agent, in its order, and its claims: one for each lane in which runs wait."""
    as_host(name)
    here = queue.running(name)
    queue.discarded()
    notices.any_due()
    if here:
        queue.running(name)
    waiting = queue.waiting()
    found = [queue.claim(in_lane(lane), 0) for lane in lanes if not waiting.isdisjoint(in_lane(lane))]
    return [one for one in found if one]


def beat(name: str) -> None:
    as_host(name)
    agents.beat(GPUS, SLOTS)


def rush(names: Sequence[str], end: float, tally: Tally) -> None:
    """Every host in turn ends what it has and claims the next, as fast as that goes."""
    held: dict[str, str] = {}
    while time.time() < end:
        for name in names:
            as_host(name)
            if name in held:
                queue.end(held.pop(name), "done")
            begun = time.perf_counter()
            one = queue.claim(in_lane("training"), 0)
            tally.seconds.append(time.perf_counter() - begun)
            if one is not None:
                held[name] = one.id
                tally.claimed.append(one.id)
            if time.time() > end:
                break


def idle(names: Sequence[str], end: float, tally: Tally) -> None:
    """Hosts that have nothing to do: each tells that it lives and makes a round as often as an agent does."""
    begun, number = time.time(), 0
    while True:
        due = begun + ANYWAY * number / len(names)
        if max(due, time.time()) > end:
            return
        time.sleep(max(0.0, due - time.time()))
        name = names[number % len(names)]
        beat(name)
        queue.silent()  # in every round: `LOOK_AROUND` is as long as the pause between two
        look(name)
        tally.beats, tally.rounds, number = tally.beats + 1, tally.rounds + 1, number + 1


def listen(names: Sequence[str], end: float, tally: Tally) -> None:
    """One host that hears of runs that are queued, as an agent with nothing to do does; its work takes no time."""
    name, changes, leaving = names[0], Changes(), threading.Event()
    while time.time() < end:
        while taken := look(name):
            for one in taken:
                tally.claimed.append(one.id)
                queue.end(one.id, "done")
        changes.wait(min(ANYWAY, max(0.0, end - time.time())), leaving)
        tally.rounds += 1


WORK: dict[str, Callable[[Sequence[str], float, Tally], None]] = {"rush": rush, "idle": idle, "listen": listen}


def process(work: str, shares: Sequence[Sequence[str]], seconds: float, ready: Barrier, told: Queue[Any]) -> None:
    """Let a thread work off each share of the names, once all processes are ready; runs in one of its own."""
    queue.waiting()  # connected
    tallies = [Tally() for _ in shares]
    ready.wait()
    end = time.time() + seconds
    threads = [
        threading.Thread(target=WORK[work], args=(names, end, tally))
        for names, tally in zip(shares, tallies, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.put(tallies)
