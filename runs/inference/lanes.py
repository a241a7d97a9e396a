"""The lanes of inference, one process each, and the address of each process.

The owner neither waits for the visitors of demos nor suffers by what they give. A process listens on a Unix socket in a
folder that only this user may enter, where there is none (Windows) on the loopback interface; either way it hears only
whoever knows its secret, which is new with each process and stands in a file below the home.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import psutil
from filelock import FileLock

from runs import paths

OWN, VISITORS = "own", "visitors"
WORKERS = {OWN: 4, VISITORS: 2}  # questions that are answered at once
MOST_FILES = 64  # in one question
OPENING, OPENED = b" ", b"\n"  # stand before an answer, which is JSON: while the model is opened, and once it is
SIGN_AFTER = 1.0  # seconds between two signs that it is being opened
BACKLOG = 64  # connections that wait until they are accepted


@dataclass(frozen=True)
class Address:
    """Where a process listens, and which one it is: a process number alone may have a new bearer."""

    socket: str  # path of the Unix socket; "" where it listens on the loopback interface
    port: int  # there, else 0
    secret: str
    pid: int
    started: float

    def write(self, lane: str) -> None:
        partial_file = address_file(lane).with_suffix(f".{os.getpid()}")
        with open(partial_file, "w", encoding="utf-8", opener=partial(os.open, mode=0o600)) as file:
            json.dump(asdict(self), file)
        partial_file.replace(address_file(lane))

    def clear(self) -> None:
        """Remove the socket of a process that has ended, with its folder."""
        if self.socket:
            with suppress(OSError):  # it is gone already, or the folder holds what is not ours
                Path(self.socket).unlink(missing_ok=True)
                Path(self.socket).parent.rmdir()


def address(lane: str, home: Path | None = None) -> Address | None:
    """Where the process of a lane said that it listens; one that was killed has left that behind."""
    try:
        return Address(**json.loads(address_file(lane, home).read_text("utf-8")))
    except (OSError, ValueError, TypeError):  # none yet, or an earlier version's
        return None


def address_file(lane: str = OWN, home: Path | None = None) -> Path:
    return (home or paths.home()) / f"inference-{lane}-{socket.gethostname()}.json"


def lock(lane: str = OWN) -> FileLock:
    """Held by the process of a lane."""
    return FileLock(paths.home() / f"inference-{lane}-{socket.gethostname()}.lock")


def listen() -> tuple[socket.socket, Address]:
    """A socket of this process's own that takes connections already, and its address."""
    started = psutil.Process().create_time()
    at = partial(Address, secret=secrets.token_hex(32), pid=os.getpid(), started=started)
    if hasattr(socket, "AF_UNIX"):
        folder = Path(tempfile.mkdtemp(prefix="casebook-inference-"))  # only this user may enter it
        listening = socket.socket(socket.AF_UNIX)
        try:
            listening.bind(str(folder / "s"))
        except OSError:  # the path is too long: about a hundred bytes, whatever the file system takes
            listening.close()
            folder.rmdir()
        else:
            listening.listen(BACKLOG)
            return listening, at(str(folder / "s"), 0)
    listening = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    return listening, at("", listening.getsockname()[1])
