"""Ask for predictions of runs' models; see `runs.inference.server`. Called in the web process."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
import weakref
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import psutil
from filelock import Timeout

from cases.base import Prediction, Segment
from models.errors import InputError
from runs import paths
from runs.inference import lanes
from runs.inference.errors import broken, late
from runs.inference.lanes import Address
from runs.monitoring.answers import FAILED, measured
from runs.store.records import Run

START_LIMIT = 240.0  # seconds until it listens and has opened the model: reverse proxies wait for 300
ANSWER_LIMIT = 60.0  # seconds until it has answered then
TRIES = 3  # processes that may end before they listen
IDLE = 300.0  # seconds that a connection is kept; shorter than the process keeps it

log = logging.getLogger(__name__)
_turns = {lane: threading.BoundedSemaphore(workers) for lane, workers in lanes.WORKERS.items()}
_counting = threading.Lock()
_started: dict[tuple[Path, str], subprocess.Popen] = {}  # home and lane → the process that was started last from here
_starting: Counter[tuple[Path, str]] = Counter()  # the same → questions that wait for the process or for its model
_clients: dict[tuple[Path, str], tuple[Address, httpx2.Client]] = {}  # the same → what it was last asked through


def wake(lane: str = lanes.OWN) -> None:
    """Start the process unless this host has one; returns at once."""
    mine = _started.get((paths.home(), lane))
    if mine is not None and mine.poll() is None:  # it may not have the lock yet
        return
    try:
        with lanes.lock(lane).acquire(timeout=0):
            pass
    except Timeout:
        return
    with (paths.logs() / "inference.log").open("ab") as output:
        _started[paths.home(), lane] = subprocess.Popen(
            [sys.executable, "-m", "runs.inference.server", lane, "--follow", str(os.getpid())],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "CASEBOOK_HOME": str(paths.home()), "ARROW_DEFAULT_MEMORY_POOL": "system"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def rest(home: Path) -> None:
    """End the processes that were started from here for this home."""
    for known in [known for known in _started if known[0] == home]:
        _end_started(*known)


def answers(
    run: Run, given: Sequence[Path | bytes], *, show: bool = False, visitor: bool = False, top: int | None = None
) -> list[Prediction | InputError]:
    """What the run's model says of each file below the home, or of each content, at most `lanes.MOST_FILES`.

    `show` also asks for what it saw; `top` for so many of the likeliest labels alone, their probabilities rounded as
    they are shown. What a `visitor` of a demo asks is answered in a lane of its own, and has to be smaller.

    Raises:
        InputError: the model is gone, or does not start, or what is given brings the process down whenever it is asked.
    """
    lane = lanes.VISITORS if visitor else lanes.OWN
    told = {"data": run.dataset, "show": show, "visitor": visitor, "top": top}
    question = {"case": run.case, "run": run.id, **{name: value for name, value in told.items() if value}}
    with measured(run.case, lane) as outcome:
        start = _Start(lane)
        for _attempt in range(2):  # one that has just left, crashed or hung is started once more
            answered = _ask(lane, question, given, start)
            if answered is not None:
                break
        else:
            outcome.said = FAILED
            raise late() if start.failed else broken()
        if "error" in answered:
            raise InputError.from_json(answered["error"])
        return [_read(one) for one in answered["answers"]]


def of_texts(run: Run, texts: Sequence[str]) -> list[Prediction | InputError]:
    """The same of texts."""
    return answers(run, [text.encode() for text in texts])


def _read(told: dict[str, Any]) -> Prediction | InputError:
    if "error" in told:
        return InputError.from_json(told["error"])
    moments = tuple(Segment(**moment) for moment in told["moments"])
    shares, more, unheard = tuple(told["probabilities"]), told.get("more", {}), told.get("unheard", 0.0)
    return Prediction(
        tuple(told["labels"]), shares, told["shown"], moments, more, unheard, tuple(told.get("notes", ()))
    )


def _ask(lane: str, question: dict[str, Any], given: Sequence[Path | bytes], start: _Start) -> dict[str, Any] | None:
    """None when the process broke off, or was ended because it did not answer in time."""
    contents = [one for one in given if isinstance(one, bytes)]
    files = [str(one.resolve()) for one in given if isinstance(one, Path)]
    if contents and files:
        raise ValueError("Files and contents are asked about apart.")
    sent: dict[str, Any]
    if contents:
        sent = {
            "url": "/contents",
            "params": {**question, "lengths": ",".join(str(len(one)) for one in contents)},
            "content": b"".join(contents),
        }
    else:
        sent = {"url": "/files", "params": question, "json": files}
    try:
        with _turns[lane]:  # what waits for its turn here is not taken for a process that hangs
            answered = _sent(lane, sent, start)
    finally:
        start.failed = start.waits
        start.tell(False)
    return None if answered is None else json.loads(answered)


def is_starting(lane: str) -> bool:
    """Whether a question waits for the process of this lane to start, or to open a model."""
    return _starting[paths.home(), lane] > 0


class _Start:
    """Whether one question waits for that, and whether it broke off there the last time."""

    def __init__(self, lane: str) -> None:
        self.known, self.waits, self.failed = (paths.home(), lane), False, False

    def tell(self, waits: bool) -> None:
        if waits != self.waits:
            self.waits = waits
            with _counting:
                _starting[self.known] += 1 if waits else -1


def _sent(lane: str, sent: dict[str, Any], start: _Start) -> bytes | None:
    """The answer as JSON; None where the process broke off.

    Raises:
        InputError: the process does not come to answering.
    """
    end = time.monotonic() + START_LIMIT
    known = paths.home(), lane
    before = _started.get(known)  # it may have listened, and ended since
    ended: set[int] = set()
    while time.monotonic() < end:
        address = lanes.address(lane)
        if address is not None:
            try:
                return _read_answer(_client(lane, address), sent, end, start)
            except (httpx2.ConnectError, _Refused):  # one that was killed left its address, or another has its port
                pass
            except httpx2.TimeoutException:
                _end_hung(address)
                return None
            except httpx2.TransportError:
                return None
        start.tell(True)
        mine = _started.get(known)
        if mine is not None and mine is not before and mine.poll():  # an exit status
            ended.add(mine.pid)
            if len(ended) == TRIES:
                break
        wake(lane)
        time.sleep(0.05)
    log.error("The process that answers did not start.")
    _end_started(*known)  # it makes room for another
    raise late()


class _Refused(Exception):
    """Who listens there is another."""


def _read_answer(client: httpx2.Client, sent: dict[str, Any], end: float, start: _Start) -> bytes:
    """What it answers, behind the signs of `runs.inference.lanes`."""
    with client.stream("POST", **sent, timeout=ANSWER_LIMIT) as response:
        if response.status_code == 403:
            raise _Refused
        body = bytearray()
        for chunk in response.iter_raw():
            body += chunk
            start.tell(body.startswith(lanes.OPENING) and lanes.OPENED not in body)
            if start.waits and time.monotonic() > end:
                raise late()
        if response.status_code != 200:
            raise RuntimeError(f"The process that answers did not understand: {response.status_code} {body.decode()}")
        return bytes(body)


def _client(lane: str, address: Address) -> httpx2.Client:
    """The connections to this process, kept until it has a successor."""
    known = _clients.get((paths.home(), lane))
    if known is not None and known[0] == address:
        return known[1]
    limits = httpx2.Limits(max_connections=lanes.WORKERS[lane], keepalive_expiry=IDLE)
    # no proxy of the environment, and no TLS
    transport = httpx2.HTTPTransport(uds=address.socket or None, limits=limits, verify=False, trust_env=False)
    client = httpx2.Client(
        transport=transport,
        base_url=f"http://127.0.0.1:{address.port or 80}",
        headers={"Authorization": f"Bearer {address.secret}", "Accept-Encoding": "identity"},
        trust_env=False,
    )
    weakref.finalize(client, transport.close)  # once the last that asks through it is done
    _clients[paths.home(), lane] = address, client
    return client


def _end_hung(address: Address) -> None:
    """Kill the process, unless its number has a new bearer."""
    with suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
        process = psutil.Process(address.pid)
        if abs(process.create_time() - address.started) < 1:
            log.warning("The process %s that answers was ended: it took too long.", process.pid)
            process.kill()
            process.wait(5)
            address.clear()


def _end_started(home: Path, lane: str) -> None:
    process = _started.pop((home, lane), None)
    _clients.pop((home, lane), None)
    if process is None:
        return
    process.kill()
    process.wait()
    if (address := lanes.address(lane, home)) and address.pid == process.pid:
        address.clear()
