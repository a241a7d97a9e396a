"""Claims queued runs on this host, takes up dead ones, sees that stops are heard; see `runs.worker.agent_process`."""

from __future__ import annotations

import logging
import signal
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.process import BaseProcess

import psutil

from models.errors import N_, InputError
from runs import machine
from runs.cluster import LAUNCHER, jobs
from runs.kinds import KINDS, LANES, in_lane
from runs.limits import processes
from runs.notices.courier import Courier
from runs.retention import rules
from runs.store import agents, deaths, lifecycle, queue
from runs.store.deaths import Death
from runs.store.records import Run
from runs.worker import orphans, placement, shortage, worker
from runs.worker.launchers import LAUNCHERS, local
from runs.worker.object_upkeep import ObjectUpkeep
from runs.worker.process_watch import Watch

TERMINATE_AFTER, KILL_AFTER = 10.0, 15.0  # seconds after a stop was asked for
YIELD_AFTER = 20.0  # seconds, then short work that has become long lets the next go ahead beside it
AT_CLUSTER = 16  # runs that one agent follows on the Ray cluster at once
MOST_BESIDE = 3  # that have become long, and keep nobody waiting
END_TOLD = 10.0  # seconds in which the process that forks runs tells how one ended
UNTOLD = 255  # exit status where that process is gone itself
LOOK_AROUND = 5.0  # seconds between two looks for hosts that have fallen silent
SWEEP = 600.0  # seconds between two looks for what nobody needs any more
KILLED = -getattr(signal, "SIGKILL", 9)
FROM_OUTSIDE = (0, 1, -signal.SIGTERM, KILLED)  # how a process ends that may be started again

log = logging.getLogger(__name__)


@dataclass
class Shortage:
    """`killed`: as of `machine.killed_for_memory`. `noted`: how often a run has said that its own memory ran out."""

    killed: int | None
    noted: int


class Agent:
    """Claims runs for this host, lane by lane, and looks after their processes."""

    def __init__(self) -> None:
        self.host = socket.gethostname()
        self.children: dict[str, BaseProcess] = {}
        self.before: dict[str, Shortage] = {}  # run → what had run short of memory when its process began
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
        self.busy = bool(here or there) or any(claimed) or not local.ready()
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
        than a reading may, are ended. One that is starting is left to do so, however long that takes."""
        for one in here:
            child = self.children.get(one.id)
            if child is not None and not child.is_alive():
                child.join()
                del self.children[one.id]
            if child is not None and one.pid is None:
                self._started(one, child)
            if one.id not in self.before:
                self.before[one.id] = _shortage(one)
            if not self._lives(one, child):
                self._bury(one, child)
            elif one.stop:
                self._insist(one)
            elif one.starting and one.silence > LOOK_AROUND:
                queue.beat(one.id)  # which it cannot do itself yet
            elif error := self.watch.exceeded(one):
                self._end(one, error)
        self._let_go({one.id for one in here})

    def _lives(self, one: Run, child: BaseProcess | None) -> bool:
        """Whether the process of a run does; how one that this agent started has ended may be told a little later."""
        if child is None:
            return self.watch.lives(one)
        if one.pid is not None:
            if self.watch.lives(one):
                return True
            child.join(END_TOLD)
        return child.is_alive()

    def _let_go(self, at_work: set[str]) -> None:
        """Hold nothing of runs that ended by themselves: each of their processes keeps a file open."""
        for identity in self.children.keys() - at_work:
            if not self.children[identity].is_alive():
                self.children.pop(identity).join()
        for identity in self.before.keys() - at_work:
            del self.before[identity]
        self.watch.keep(at_work)

    def _bury(self, one: Run, child: BaseProcess | None) -> None:
        self.watch.forget(one.id)
        if KINDS[one.kind].reads and child is not None and child.exitcode not in FROM_OUTSIDE and not one.stop:
            self._fail(one, processes.brought_down())  # it would do so again
        else:
            worker.keep_the_best(one, one.stop)
            death = self._death(one, child)
            if death.reason == deaths.MEMORY and not one.stop and shortage.times(one.id) == self.before[one.id].noted:
                shortage.note(one.id)
            queue.died(one, death)
            if one.stop and KINDS[one.kind].reads and not KINDS[one.kind].resumes:
                orphans.of_ended(one)
        self.before.pop(one.id, None)

    def _death(self, one: Run, child: BaseProcess | None) -> Death:
        """How the process of a run ended: for want of memory only where the run or the system says so."""
        code = child.exitcode if child is not None else None
        if code == UNTOLD:
            code = None
        if shortage.times(one.id) > self.before[one.id].noted or self._was_counted(one, code):
            return Death(deaths.MEMORY)
        if code is None:
            return Death(deaths.GONE)
        if code < 0:
            reason = deaths.KILLED if code in FROM_OUTSIDE else deaths.CRASHED
            return Death(reason, _signal(-code))
        return Death(deaths.CRASHED, f"exit status {code}")

    def _was_counted(self, one: Run, code: int | None) -> bool:
        """Whether the system has counted one more process that it killed for want of memory, which no other death
        accounts for. What started several processes ends alike, however one of them did."""
        killed, before = machine.killed_for_memory(), self.before[one.id].killed
        if killed is None or before is None or killed <= before:
            return False
        if one.processes == 1 and code not in (None, KILLED):
            return False
        for known in self.before.values():
            known.killed = None if known.killed is None else known.killed + 1
        return True

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
                queue.died(one, Death(deaths.SILENT, one.host or ""))

    def _claim(self, lane: str, here: list[Run]) -> int:
        """Start as many as there is room for; returns how many."""
        if not local.ready():
            return 0
        begun: list[Run] = []
        while one := self._next(lane, here + begun):
            self._start(one)
            begun.append(one)
        return len(begun)

    def _start(self, one: Run) -> None:
        log.info("Run %s (%s), attempt %s, %s.", one.id, one.kind, one.attempt, one.launcher, extra={"run": one.id})
        if (launcher := LAUNCHERS.get(one.launcher)) is None:
            self._fail(one, _unknown(one.launcher))
            return
        self.before[one.id] = _shortage(one)
        self.children[one.id] = launcher.start(one.id, one.slot or 0)
        self._started(one, self.children[one.id])

    def _started(self, one: Run, child: BaseProcess) -> None:
        """Tell which process is starting, so that the next agent knows it, too."""
        if child.pid is not None:
            queue.started(one.id, child.pid)

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
        if not local.ready():
            return 0
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


def _unknown(launcher: str) -> InputError:
    return InputError(
        found=N_("The launcher “{launcher}” of this run is unknown."),
        expected=N_("It must be one of: {options}."),
        remedy=N_("Start a new run with these settings."),
        launcher=launcher,
        options=list(LAUNCHERS),
    )


def _shortage(one: Run) -> Shortage:
    return Shortage(machine.killed_for_memory(), shortage.times(one.id))


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # one that has no name
        return f"signal {number}"
