"""A PostgreSQL of Debian's that a test starts, and databases in it that are made like the app makes them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from runs.store import database

TOOLS = Path(shutil.which("pg_ctl") or next(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), "none")).resolve().parent


def require():
    """Skip where there is no PostgreSQL; in CI there is one."""
    pytest.importorskip("psycopg")
    if not (TOOLS / "initdb").exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("PostgreSQL is not installed.")


class Server:
    """A PostgreSQL server with a folder and a port of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.rights = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
        if self.rights:  # the server refuses to run as root
            shutil.chown(folder, "postgres", "postgres")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.port = taken.getsockname()[1]
        self.tool("initdb", "--pgdata", folder / "data", "--username", "casebook", "--auth", "trust", "--no-sync")

    def tool(self, name, *given):
        with (self.folder.parent / f"{self.folder.name}.log").open("ab") as log:
            subprocess.run([TOOLS / name, *given], check=True, stdout=log, stderr=log, cwd="/", **self.rights)

    def start(self):
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        self.tool("pg_ctl", "start", "--wait", "--pgdata", self.folder / "data", "--options", options)

    def stop(self):
        self.tool("pg_ctl", "stop", "--wait", "--mode", "immediate", "--pgdata", self.folder / "data")

    def connected(self):
        """A connection that is not of Casebook."""
        import psycopg

        return psycopg.connect(f"host=127.0.0.1 port={self.port} user=casebook dbname=postgres", autocommit=True)

    @property
    def address(self):
        return f"postgresql+psycopg://casebook@127.0.0.1:{self.port}/postgres"

    def database(self, name, template=None):
        """Its address; the database is made, as a copy of `template` where one is named."""
        with self.connected() as db:
            db.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        return self.address.replace("/postgres", f"/{name}")


@contextmanager
def installed():
    """A server that has not started yet, in a folder that another user may enter."""
    require()
    folder = Path(tempfile.mkdtemp(prefix="casebook-postgres-"))
    try:
        yield Server(folder)
    finally:
        shutil.rmtree(folder)
        folder.with_name(f"{folder.name}.log").unlink()


@contextmanager
def migrated():
    """A started server with the database `pattern`, in which all tables are made; each test takes a copy of it."""
    with installed() as server:
        server.start()
        try:
            with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as home:
                patch.setenv("CASEBOOK_HOME", home)
                patch.setenv("DATABASE_URL", server.database("pattern"))
                database.engine().dispose()
            yield server
        finally:
            server.stop()
