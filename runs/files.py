"""Where bytes live: one home, and below it what is found where."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

BALLAST = 8 * 2**20  # given up when the disk is full, so that the last words of a run still fit


def home() -> Path:
    """`CASEBOOK_HOME`, by default `var` in the working directory; made when it is not there."""
    path = Path(os.environ.get("CASEBOOK_HOME", "var")).absolute()
    path.mkdir(parents=True, exist_ok=True)
    return path


def uploads() -> Path:
    return _made(home() / "uploads")


def datasets() -> Path:
    return _made(home() / "datasets")


def cache() -> Path:
    return _made(home() / "cache")


def logs() -> Path:
    return _made(home() / "logs")


def run(identity: str) -> Path:
    """The folder of a run: checkpoints, bundle, predictions."""
    return _made(home() / "runs" / identity)


def forget_run(identity: str) -> None:
    shutil.rmtree(home() / "runs" / identity, ignore_errors=True)
    (logs() / f"{identity}.log").unlink(missing_ok=True)


def keep_ballast() -> None:
    """Set a few megabytes aside for the moment the disk is full; does nothing where there is no room."""
    path = home() / "ballast"
    if not path.exists() and shutil.disk_usage(home()).free > 4 * BALLAST:
        path.write_bytes(os.urandom(BALLAST))


def drop_ballast() -> None:
    (home() / "ballast").unlink(missing_ok=True)


def _made(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
