"""A Ray cluster whose hosts are groups of processes of this machine, each of which can die as a whole."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil

QUICKLY = {  # a host that died is missed after seconds; nobody ends what another test takes of the memory
    "RAY_health_check_initial_delay_ms": "1000", "RAY_health_check_period_ms": "1000",
    "RAY_health_check_failure_threshold": "10",
    "RAY_memory_monitor_refresh_ms": "0", "RAY_AUTH_MODE": "disabled", "OMP_NUM_THREADS": "1",
}  # fmt: skip
ANYWHERE = ["--min-worker-port", "0", "--max-worker-port", "0", "--dashboard-agent-listen-port", "0"]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Node:
    """`ray start` in a process of its own, with all that it starts."""

    def __init__(self, folder, cpus, *asked):
        command = [
            sys.executable, "-c", "from ray.scripts.scripts import main; main()", "start", "--block",
            "--disable-usage-stats", "--num-cpus", str(cpus), "--num-gpus", "0", "--object-store-memory", "80000000",
            "--node-ip-address", "127.0.0.1", *ANYWHERE, *asked,
        ]  # fmt: skip
        self.log = folder / f"node-{time.monotonic_ns()}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env={**os.environ, **QUICKLY}, stdout=log, stderr=log, start_new_session=True
            )

    def family(self):
        """All processes of this host."""
        with suppress(psutil.NoSuchProcess):
            first = psutil.Process(self.process.pid)
            return [first, *first.children(recursive=True)]
        return []

    def doing(self, what):
        """Those whose command has these words."""
        found = []
        for one in self.family():
            with suppress(psutil.NoSuchProcess):
                if what in " ".join(one.cmdline()):
                    found.append(one)
        return found

    def die(self):
        """All at once, as when the power fails."""
        for one in reversed(self.family()):
            with suppress(psutil.NoSuchProcess):
                one.kill()
        self.process.wait()


class Cluster:
    """A head, which trains nothing, and hosts with one processor each."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="ray"))  # the names of its sockets must be short
        self.port, self.dashboard = free_port(), free_port()
        self.address = f"http://127.0.0.1:{self.dashboard}"
        self.head = Node(
            self.folder, 0, "--head", "--port", str(self.port), "--ray-client-server-port", str(free_port()),
            "--dashboard-port", str(self.dashboard), "--temp-dir", str(self.folder / "r"),
        )  # fmt: skip
        self.hosts = []

    def join(self):
        """One more host."""
        self.hosts.append(Node(self.folder, 1, "--address", f"127.0.0.1:{self.port}"))
        return self.hosts[-1]

    def until(self, holds, limit=600):
        """Wait until this is so."""
        end = time.monotonic() + limit
        while not (found := holds()):
            assert time.monotonic() < end, "".join(one.log.read_text() for one in (self.head, *self.hosts))
            time.sleep(0.1)
        return found

    def is_listening(self):
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def at(self, what):
        """The host where a process with these words in its command works, if one does."""
        return next((host for host in self.hosts if host.doing(what)), None)

    def end(self):
        for node in (*self.hosts, self.head):
            node.die()
        shutil.rmtree(self.folder, ignore_errors=True)
