"""Claims queued runs on this host, takes up dead ones, sees that stops are heard; see `runs.worker.agent_process`."""

from __future__ import annotations

import logging
import signal
import socket
import time
from contextlib import suppress
from multiprocessing.process import BaseProcess

import psutil

from models.errors import InputError
from runs import machine
from runs.cluster import LAUNCHER, jobs
from runs.kinds import KINDS, LANES, in_lane
from runs.limits import processes
from runs.notices.courier import Courier
from runs.retention import rules
from runs.store import agents, lifecycle, queue
from runs.store.records import Run
from runs.worker import orphans, placement, shortage, worker
from runs.worker.launchers import LAUNCHERS
from runs.worker.object_upkeep import ObjectUpkeep
from runs.worker.process_watch import Watch

TERMINATE_AFTER, KILL_AFTER = 10.0, 15.0  # seconds after a stop was asked for
YIELD_AFTER = 20.0  # seconds, then short work that has become long lets the next go ahead beside it
AT_CLUSTER = 16  # runs that one agent follows on the Ray cluster at once
MOST_BESIDE = 3  # that have become long, and keep nobody waiting
END_TOLD = 10.0  # seconds in which the process that forks runs tells how one ended
LOOK_AROUND = 5.0  # seconds between two looks for hosts that have fallen silent
SWEEP = 600.0  # seconds between two looks for what nobody needs any more
KILLED = -getattr(signal, "SIGKILL", 9)
FROM_OUTSIDE = (0, 1, -signal.SIGTERM, KILLED)  # how a process ends that may be started again

log = logging.getLogger(__name__)


class Agent:
    """Claims runs for this host, lane by lane, and looks after their processes."""

    def __init__(self) -> None:
        self.host = socket.gethostname()
        self.children: dict[str, BaseProcess] = {}
        self.killed: dict[str, int] = {}  # run → `machine.killed_for_memory` when its process began
        self.slots = {"interactive": 1, "lengthy": 1, "training": max(1, len(machine.gpus())), "upkeep": 1}
        self.watch = Watch()
        self.courier = Courier()
        self.upkeep = ObjectUpkeep()
        self.beat_at = self.look_at = self.sweep_at = 0.0
        self.busy = False  # whether anything runs here
        self.away = False  # whether the store did not answer the last time

    def beat(self) -> None:
        """Tell all hosts now and then that this agent lives, and what it has."""
        if time.monotonic() > self.beat_at:
            agents.beat(machine.gpu_use(), self.slots)
            self.beat_at = time.monotonic() + agents.BEAT

    def step(self) -> bool:
        """One round; returns whether anything runs here or waits."""
        before = queue.running(self.host)
        self._reap(before)
        if time.monotonic() > self.look_at:
            self.look_at = time.monotonic() + LOOK_AROUND
            self._take_over_from_silent_hosts()
        for one in queue.discarded():
            lifecycle.forget(one.id)
        if time.monotonic() > self.sweep_at:
            self.sweep_at = time.monotonic() + SWEEP
            orphans.sweep()
            self._keep_the_rules()
        self.courier.look()
        self.upkeep.look()
        here, waiting = queue.running(self.host) if before else [], queue.waiting()
        there = [one for one in here if one.launcher == LAUNCHER]  # they need no slot of this host
        here = [one for one in here if one.launcher != LAUNCHER]
        claimed = [self._claim(lane, here) for lane in LANES if not waiting.isdisjoint(in_lane(lane))]
        claimed.append(self._submit(there) if jobs.address() and not waiting.isdisjoint(in_lane("training")) else 0)
        self.busy = bool(here or there) or any(claimed)
        return self.busy or bool(waiting)

    def _keep_the_rules(self) -> None:
        """Remove what the host wants to be removed after a while; with a rule that there is not, nothing."""
        try:
            for one in rules.follow():
                log.info("Removed by the rule “%s”: %s.", one.rule, one.leftover.name)
        except InputError as error:
            log.error("Nothing is removed by a rule: %s", error)

    def _reap(self, here: list[Run]) -> None:
        """Runs of this host whose process is gone are taken up again; those that do not heed a stop, or take more
        than a reading may, are ended."""
        for one in here:
            child = self.children.get(one.id)
            if child is not None and not child.is_alive():
                child.join()
                del self.children[one.id]
            if not self.watch.lives(one):
                self._bury(one, child)
            elif one.stop:
                self._insist(one)
            elif error := self.watch.exceeded(one):
                self._end(one, error)
        self._let_go({one.id for one in here})

    def _let_go(self, at_work: set[str]) -> None:
        """Hold nothing of runs that ended by themselves: each of their processes keeps a file open."""
        for identity in self.children.keys() - at_work:
            if not self.children[identity].is_alive():
                self.children.pop(identity).join()
                self.killed.pop(identity, None)
        self.watch.keep(at_work)

    def _bury(self, one: Run, child: BaseProcess | None) -> None:
        self.watch.forget(one.id)
        if child is not None and child.is_alive():  # it never signed in, or it is not told yet how it ended
            child.kill()
            child.join(END_TOLD)
        if KINDS[one.kind].reads and child is not None and child.exitcode not in FROM_OUTSIDE and not one.stop:
            self._fail(one, processes.brought_down())  # it would do so again
        else:
            worker.keep_the_best(one, one.stop)
            if child is not None and self._was_too_large(one, child):
                shortage.note(one.id)
            queue.died(one)
            if one.stop and KINDS[one.kind].reads and not KINDS[one.kind].resumes:
                orphans.of_ended(one)

    def _was_too_large(self, one: Run, child: BaseProcess) -> bool:
        """Whether its process, or one of several, was most likely killed for want of memory: the system counts such, or
        it is killed again."""
        if one.stop:
            return False
        counted = machine.killed_for_memory() > self.killed.get(one.id, 0)
        if one.processes > 1:  # what started them ends alike, however one of them did
            return counted
        return child.exitcode == KILLED and (counted or one.attempt > 1)

    def _end(self, one: Run, error: InputError) -> None:
        with suppress(psutil.NoSuchProcess):  # it has just ended by itself
            process = psutil.Process(one.pid)
            process.kill()
            process.wait(10)
        self.watch.forget(one.id)
        self._fail(one, error)

    def _fail(self, one: Run, error: InputError) -> None:
        log.warning("Run %s was ended: %s", one.id, error, extra={"run": one.id})
        queue.end(one.id, "failed", error=error.as_json())
        orphans.of_ended(one)

    def _insist(self, one: Run) -> None:
        asked = time.time() - (one.stop_asked or 0.0)
        if one.pid and asked > TERMINATE_AFTER:
            with suppress(psutil.NoSuchProcess):  # it has just ended by itself
                process = psutil.Process(one.pid)
                process.kill() if asked > KILL_AFTER else process.terminate()

    def _take_over_from_silent_hosts(self) -> None:
        for one in queue.silent():
            if one.host != self.host:
                queue.died(one)

    def _claim(self, lane: str, here: list[Run]) -> int:
        """Start as many as there is room for; returns how many."""
        begun: list[Run] = []
        while one := self._next(lane, here + begun):
            self._start(one)
            begun.append(one)
        return len(begun)

    def _start(self, one: Run) -> None:
        log.info("Run %s (%s), attempt %s, %s.", one.id, one.kind, one.attempt, one.launcher, extra={"run": one.id})
        self.killed[one.id] = machine.killed_for_memory()
        self.children[one.id] = LAUNCHERS[one.launcher].start(one.id, one.slot or 0)

    def _next(self, lane: str, here: list[Run]) -> Run | None:
        """The claimed run whose turn it is, if there is room for it beside what runs here."""
        if lane != "training" or not machine.gpus():
            free = self.free(lane, here)
            return queue.claim(in_lane(lane), free[0]) if free else None
        beside, cards = placement.at_work(here), placement.cards(machine.gpu_use())
        if not placement.open_slots(beside, cards):
            return None
        return queue.claim_placed(in_lane(lane), lambda run: placement.place(placement.demand(run), beside, cards))

    def _submit(self, there: list[Run]) -> int:
        """Have the Ray cluster do what waits for it, beside what it does already; returns how many."""
        for place in range(len(there), AT_CLUSTER):
            one = queue.claim_for_cluster(in_lane("training"))
            if one is None:
                return place - len(there)
            self._start(one)
        return max(0, AT_CLUSTER - len(there))

    def free(self, lane: str, here: list[Run]) -> list[int]:
        """Slots for more work beside what runs here; short work that takes long does not keep its slot from others.
        Where there are cards, trainings are placed on them instead, see `runs.worker.placement`."""
        taken = [one for one in here if KINDS[one.kind].lane == lane]
        long = [one for one in taken if lane == "interactive" and one.age > YIELD_AFTER]
        most = self.slots[lane] + min(len(long), MOST_BESIDE)
        return sorted(set(range(most)) - {one.slot or 0 for one in taken})[: max(0, most - len(taken))]
