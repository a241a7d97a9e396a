"""The real app in processes of its own, as the README starts it."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from runs.inference import lanes

ROOT = Path(__file__).parents[2]
STREAMLIT = ("streamlit", "run", "app.py", "--server.port")
UVICORN = ("uvicorn", "app:app", "--port")  # which writes a line for each request


class Server:
    """An app with a home of its own; the home in their environment tells which processes are its children.

    Args:
        program: what is started, by default as the README says.
        prefix: the path below which it lives, as `--server.baseUrlPath` has it.
        options, environment: what it is started with besides.
    """

    def __init__(
        self, home: Path, root: Path = ROOT, program: Sequence[str] = STREAMLIT, options: Sequence[str] = (),
        prefix: str = "", **environment: str,
    ) -> None:  # fmt: skip
        self.home, self.root, self.port, self.program = home, root, free_port(), program
        self.options = [*options, *(["--server.baseUrlPath", prefix] if prefix else [])]
        self.environment = environment
        self.url = f"http://127.0.0.1:{self.port}{f'/{prefix}' if prefix else ''}"
        self.app: subprocess.Popen[bytes] | None = None

    def start(self, limit: float = 180) -> None:  # a busy machine is no failure
        elsewhere = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        self.home.mkdir(exist_ok=True)
        with (self.home / "app.log").open("ab") as log:
            self.app = subprocess.Popen(
                [sys.executable, "-m", *self.program, str(self.port), *self.options], cwd=self.root, stdout=log,
                stderr=log, env={**elsewhere, **self.environment, "CASEBOOK_HOME": str(self.home)},
            )  # fmt: skip
        end = time.monotonic() + limit
        while not self._healthy():
            if self.app.poll() is not None or time.monotonic() > end:
                self.kill()  # else it would start while others are tested
                raise AssertionError(f"The app did not start.\n{self.log()}")
            time.sleep(0.1)

    def kill(self) -> None:
        """App, agent and runs at once, as when the power fails; the app may be starting an agent just now."""
        while mine := [process for process in psutil.process_iter() if self._owns(process)]:
            for process in mine:
                with suppress(psutil.NoSuchProcess):  # it has just ended by itself
                    process.kill()
            psutil.wait_procs(mine, timeout=5)
        for lane in lanes.WORKERS:
            if left := lanes.address(lane, self.home):
                left.clear()

    def forget_choices(self) -> None:
        """Every field begins with its default again, whatever an earlier test has chosen for the same data."""
        with closing(sqlite3.connect(self.home / "casebook.db", timeout=30)) as db, db:
            db.execute("DELETE FROM kept_settings")

    def forget_edits(self) -> None:
        """All data are again as they were read, and nobody has looked at a label."""
        with closing(sqlite3.connect(self.home / "casebook.db", timeout=30)) as db, db:
            db.execute("DELETE FROM edits")
            db.execute("DELETE FROM confirmed_labels")

    def log(self) -> str:
        return "\n".join(path.read_text() for path in [self.home / "app.log", *self.home.glob("logs/*.log")])

    def _healthy(self) -> bool:
        try:
            return urlopen(f"{self.url}/_stcore/health", timeout=2).status == 200
        except (URLError, OSError):
            return False

    def _owns(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get("CASEBOOK_HOME") == str(self.home)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False


@contextmanager
def running(home: Path, **environment: str) -> Iterator[Server]:
    """An app with this home, for as long as it is asked."""
    made = Server(home, **environment)
    made.start()
    try:
        yield made
    finally:
        made.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
