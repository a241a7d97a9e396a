"""Ask the process that answers for runs' models; see `runs.answering`. Called in the web process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from multiprocessing.connection import Client
from pathlib import Path
from typing import Any

from filelock import Timeout

from cases.base import Answer, Moment
from models.errors import InputError
from runs import answering, files, tries
from runs.answer_refusals import broken
from runs.store import Run

START_LIMIT, ANSWER_LIMIT = 15.0, 60.0  # seconds
MOST_ANSWER = 64 * 2**20  # bytes of JSON


_started: dict[Path, subprocess.Popen] = {}  # home → the process that was started last from here


def wake() -> None:
    """Start the process unless this host has one; returns at once."""
    mine = _started.get(files.home())
    if mine is not None and mine.poll() is None:  # it may not have the lock yet
        return
    try:
        with answering.lock().acquire(timeout=0):
            pass
    except Timeout:
        return
    with (files.logs() / "answering.log").open("ab") as output:
        _started[files.home()] = subprocess.Popen(
            [sys.executable, "-m", "runs.answering"],
            cwd=Path(__file__).parent.parent,
            env={**os.environ, "CASEBOOK_HOME": str(files.home())},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def answers(run: Run, given: Sequence[Path], *, show: bool = False) -> list[Answer | InputError]:
    """What the run's model says of each file below the home; `show` also asks for what it saw.

    Raises:
        InputError: the model is gone, or a file brings the process down whenever it is asked.
    """
    question = {"case": run.case, "run": run.id, "files": [str(path.resolve()) for path in given], "show": show}
    for _attempt in range(2):  # one that has just left, or crashed, is started once more
        told = _ask(json.dumps(question).encode())
        if told is not None:
            break
    else:
        raise broken()
    if "error" in told:
        raise InputError.from_json(told["error"])
    return [_read(one) for one in told["answers"]]


def of_texts(run: Run, texts: Sequence[str]) -> list[Answer | InputError]:
    """The same of texts, at most `answering.MOST_FILES`; nothing of them is kept."""
    given = [tries.new("text.txt") for _ in texts]
    try:
        for path, text in zip(given, texts, strict=True):
            path.write_text(text, "utf-8", newline="")
        return answers(run, given)
    finally:
        for path in given:
            path.unlink(missing_ok=True)


def _read(told: dict[str, Any]) -> Answer | InputError:
    if "error" in told:
        return InputError.from_json(told["error"])
    moments = tuple(Moment(**moment) for moment in told["moments"])
    shares, more, unheard = tuple(told["probabilities"]), told.get("more", {}), told.get("unheard", 0.0)
    return Answer(tuple(told["labels"]), shares, told["shown"], moments, more, unheard, tuple(told.get("notes", ())))


def _ask(question: bytes) -> dict[str, Any] | None:
    """None when the process broke off or does not answer in time."""
    try:
        with _connected() as connection:
            connection.send_bytes(question)
            return json.loads(connection.recv_bytes(MOST_ANSWER)) if connection.poll(ANSWER_LIMIT) else None
    except (EOFError, OSError):
        return None


def _connected():  # noqa: ANN202  Connection, or on Windows PipeConnection
    end = time.monotonic() + START_LIMIT
    while True:
        try:
            known = json.loads(answering.address_file().read_text("utf-8"))
            return Client(known["address"], authkey=answering.key())
        except (OSError, EOFError):  # none yet, or one that was killed left its address
            if time.monotonic() > end:
                raise
            wake()
            time.sleep(0.05)
