"""The real app in a home of its own: start it, bring data, start runs, end it with all that it started."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

import cases
from benchmarks.table import ROOT
from cases.settings import as_json
from runs import tokens
from runs.store import lifecycle, queue, records

CASE, OWNER = "image_recognition", "local"
POLL = 0.01  # seconds between two looks into the store


class App:
    """`streamlit run app.py` on a free port; this process looks into the same store."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.port = _free_port()
        with (home / "app.log").open("ab") as log:
            self.process = psutil.Popen(
                [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port)],
                cwd=ROOT, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def healthy(self) -> bool:
        with suppress(OSError):
            return self.get("/_stcore/health")[0] == 200
        return False

    def get(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def upload(self, body: Any, name: str, size: int, case: str = CASE) -> str:
        """PUT as the page does; the id of the run that reads it. `body` is bytes or gives them piece by piece."""
        token = tokens.sign("upload", owner=OWNER, case=case)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        headers = {"X-Upload-Token": token, "Content-Length": str(size)}
        connection.request("PUT", f"/api/upload?name={name}", body, headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        if answer.status != 200:
            raise RuntimeError(f"The upload was refused with {answer.status}: {told}")
        return told["run"]

    def bring(self, archive: Path, case: str = CASE) -> str:
        """Upload a file and wait until it is read: the agent is warm from then on. The id of the data set."""
        reader = self.upload(archive.read_bytes(), archive.name, archive.stat().st_size, case)
        until(lambda: records.run(reader, OWNER).ended_already, limit=300)
        run = records.run(reader, OWNER)
        if run.status != "done":
            raise RuntimeError(f"{archive} was not read: {run.error}")
        return run.dataset

    def close(self) -> None:
        """End the app, its agent and every run."""
        family = [self.process, *self.process.children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=10)


@contextmanager
def running(**environment: str) -> Iterator[App]:
    """The app in a home of its own; `environment`: variables besides those that there are."""
    with TemporaryDirectory(prefix="casebook-", ignore_cleanup_errors=True) as home:
        os.environ["CASEBOOK_HOME"] = home
        app = App(Path(home), **environment)
        try:
            until(app.healthy, limit=60)
            yield app
        finally:
            app.close()


def train(dataset: str, case: str = CASE, *, owner: str = OWNER, **settings: Any) -> str:
    """Queue a fine-tuning as the page's form does."""
    chosen = as_json(cases.get(case).Settings(**settings))
    return records.create_run(owner, "fine_tune", case, "benchmark", dataset=dataset, settings=chosen)


def full(dataset: str, *, owner: str = OWNER) -> str:
    """A full-mode run that has made two steps."""
    identity = train(dataset, owner=owner, mode="full", epochs=100)

    def stepping() -> bool:
        progress = records.run(identity, owner).progress or {}
        return progress.get("what") == "training" and progress["done"] >= 2

    until(stepping, limit=300)
    return identity


def until(holds: Callable[[], bool], limit: float = 120) -> float:
    """Seconds until `holds`, by looks 10 ms apart."""
    start = time.monotonic()
    while not holds():
        if time.monotonic() - start > limit:
            raise TimeoutError(f"Nothing happened within {limit} s.")
        time.sleep(POLL)
    return time.monotonic() - start


def until_idle(limit: float = 300) -> None:
    until(lambda: not queue.waiting() and not queue.running(), limit)


def discard(identity: str) -> None:
    """The run is gone, and nothing else works."""
    lifecycle.discard(identity, OWNER)
    until_idle()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
