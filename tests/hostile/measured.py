"""What it takes to read a file, in a process of its own: processor time, and memory beyond the idle reader."""

from __future__ import annotations

import gc
import multiprocessing
import resource
import sys
import warnings
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from hostile.readers import READERS
from models.errors import InputError

PROCESS = Path("/proc/self")


@dataclass(frozen=True)
class Taken:
    """`grown`: bytes at the peak, beyond what the process had after it had read the small file."""

    seconds: float
    grown: int
    refusal: str


def measure(reader: str, path: Path, small: Path) -> Taken:
    """Read `small` first, so that every library is there."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    made = multiprocessing.get_context("fork").Process(target=_read, args=(reader, path, small, theirs), daemon=True)
    made.start()
    theirs.close()
    try:
        return ours.recv()
    except EOFError:
        return Taken(float("inf"), sys.maxsize, "The process broke down.")
    finally:
        made.join()


def _read(reader: str, path: Path, small: Path, telling: Connection) -> None:
    warnings.simplefilter("ignore")
    _end(reader, small)
    gc.collect()
    gc.freeze()
    before, begun = _held(), _seconds()
    refusal = _end(reader, path)
    telling.send(Taken(_seconds() - begun, max(0, _peak() - before), refusal))


def _end(reader: str, path: Path) -> str:
    """ "" where it was read."""
    try:
        READERS[reader](path)
    except InputError as error:
        return str(error)
    return ""


def _seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _held() -> int:
    """On Linux the memory now, which becomes the peak too; elsewhere the peak until now."""
    if not PROCESS.exists():
        return _peak()
    (PROCESS / "clear_refs").write_text("5")
    return _told("VmRSS")


def _peak() -> int:
    if PROCESS.exists():
        return _told("VmHWM")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _told(name: str) -> int:
    line = next(line for line in (PROCESS / "status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024
