"""One process at a time makes what is kept; the kernel opens the lock of a process that dies."""

from __future__ import annotations

from pathlib import Path

from filelock import AcquireReturnProxy, FileLock, Timeout

from models.progress import ProgressReporter

PATIENCE = 0.2  # seconds between two looks at whether to stop


def held(path: Path, report: ProgressReporter) -> AcquireReturnProxy:
    """The lock on `path` for a `with`, once no other process holds it; stopping does not wait for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    while True:
        try:
            return lock.acquire(timeout=PATIENCE)
        except Timeout:
            report.check()
