"""Reports as files in the folder of their run, until a day after they were made."""

from __future__ import annotations

import re
import time
from hashlib import sha256
from pathlib import Path

from runs import paths
from runs.store.records import Run

KEPT = 24 * 3600.0  # seconds
NAME = re.compile(r"[0-9a-f]{16}", re.ASCII)


def keep(run: Run, content: str) -> str:
    """Write a report into the folder of the run; returns the name it is found by. Older ones go."""
    folder, body = _folder(run), content.encode("utf-8", "replace")
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.html"):
        if old.stat().st_mtime < time.time() - KEPT:
            old.unlink(missing_ok=True)
    name = sha256(body).hexdigest()[:16]
    making = folder / f"{name}.partial"
    try:
        making.write_bytes(body)
        making.replace(folder / f"{name}.html")
    finally:
        making.unlink(missing_ok=True)
    return name


def find(run: Run, name: str) -> Path | None:
    """The file of a report; None where there is none of this name."""
    path = _folder(run) / f"{name}.html"
    return path if NAME.fullmatch(name) and path.exists() else None


def _folder(run: Run) -> Path:
    return paths.run(run.id) / "reports"
