"""A Ray cluster whose hosts are groups of processes of this machine, each of which can die as a whole."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil

QUICKLY = {  # a host that died is missed after seconds; nobody ends what another test takes of the memory
    "RAY_health_check_initial_delay_ms": "1000", "RAY_health_check_period_ms": "1000",
    "RAY_health_check_failure_threshold": "5",
    "RAY_memory_monitor_refresh_ms": "0", "RAY_AUTH_MODE": "disabled", "OMP_NUM_THREADS": "1",
}  # fmt: skip
ANYWHERE = ["--min-worker-port", "0", "--max-worker-port", "0"]
PORTS = (  # of a host; Ray's own choices meet where several hosts of one machine start at once
    "--object-manager-port", "--node-manager-port", "--metrics-export-port", "--runtime-env-agent-port",
    "--dashboard-agent-grpc-port", "--dashboard-agent-listen-port",
)  # fmt: skip


def free_ports(count):
    """As many that are different; another process may still be quicker to take one."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [probe.getsockname()[1] for probe in probes]


TRIES = 3
TRY = 150  # seconds


class Node:
    """`ray start` in a process of its own, with all that it starts."""

    def __init__(self, folder, cpus, *asked):
        command = [
            sys.executable, "-c", "from ray.scripts.scripts import main; main()", "start", "--block",
            "--disable-usage-stats", "--num-cpus", str(cpus), "--num-gpus", "0", "--object-store-memory", "80000000",
            "--node-ip-address", "127.0.0.1", *ANYWHERE, *asked,
        ]  # fmt: skip
        for name, port in zip(PORTS, free_ports(len(PORTS)), strict=True):
            command += [name, str(port)]
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
        self.hosts, self.head = [], self._begun(self._head, self.is_answering)

    def _head(self):
        self.port, self.dashboard, client = free_ports(3)
        self.address = f"http://127.0.0.1:{self.dashboard}"
        return Node(
            self.folder, 0, "--head", "--port", str(self.port), "--ray-client-server-port", str(client),
            "--dashboard-port", str(self.dashboard), "--temp-dir", str(self.folder / "r"),
        )  # fmt: skip

    def _host(self):
        return Node(self.folder, 1, "--address", f"127.0.0.1:{self.port}")

    def have(self, wanted, count_alive):
        """As many hosts, whatever died before; those that lack begin one after the other, and anew where another
        process took one of their ports. `count_alive` tells how many there are."""
        self._let_go()
        self.until(lambda: count_alive() == len(self.hosts))  # a host that died is missed after a while
        tries = TRIES * wanted
        while (there := count_alive()) < wanted:
            self._let_go()
            if len(self.hosts) <= there:
                assert tries, "".join(path.read_text() for path in self.folder.glob("node-*.log"))
                tries -= 1
                self.hosts.append(self._host())
            time.sleep(0.2)

    def _let_go(self):
        self.hosts = [host for host in self.hosts if host.process.poll() is None]

    @staticmethod
    def _begun(start, there):
        """What `start` begins, once it is there; begun anew where another process took one of its ports."""
        for _ in range(TRIES):
            node, end = start(), time.monotonic() + TRY
            while node.process.poll() is None and time.monotonic() < end:
                if there():
                    return node
                time.sleep(0.1)
            node.die()
        raise AssertionError(node.log.read_text())

    def until(self, holds, limit=600):
        """Wait until this is so."""
        end = time.monotonic() + limit
        while not (found := holds()):
            assert time.monotonic() < end, "".join(one.log.read_text() for one in (self.head, *self.hosts))
            time.sleep(0.2)
        return found

    def is_answering(self):
        """Whether the head is there for hosts and, by its page, for those that submit work."""
        for port in (self.port, self.dashboard):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                return False
        return True

    def at(self, what):
        """The host where a process with these words in its command works, if one does."""
        return next((host for host in self.hosts if host.doing(what)), None)

    def end(self):
        for node in (*self.hosts, self.head):
            node.die()
        shutil.rmtree(self.folder, ignore_errors=True)
