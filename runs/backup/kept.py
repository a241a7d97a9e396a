"""The backups that lie in the home, in `backups/`: what the host's page lists, hands out and deletes."""

from __future__ import annotations

import shutil
import tarfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from runs import paths
from runs.backup import HEADER
from runs.store.records import Run


@dataclass(frozen=True)
class Kept:
    """One whole backup; `made` is when it was finished."""

    path: Path
    bytes: int
    made: float

    @property
    def name(self) -> str:
        return self.path.name


def listed() -> list[Kept]:
    """The newest first. Whatever else somebody put there is none of ours."""
    found = [one for path in paths.backups().glob("*.tar") if (one := _kept(path)) is not None]
    return sorted(found, key=lambda one: (one.made, one.name), reverse=True)


def find(name: str) -> Kept | None:
    """The one of this name among those that are listed: a name never becomes a path."""
    return next((one for one in listed() if one.name == name), None)


def delete(name: str) -> None:
    """Nothing where there is none of this name."""
    if found := find(name):
        found.path.unlink(missing_ok=True)


def path_of(run: Run) -> Path:
    """Where the work `run` puts its backup, in each of its attempts."""
    moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime(run.created))
    return paths.backups() / f"casebook-{moment}-{run.id}.tar"


def clear_away(archive: Path) -> None:
    """Remove what an attempt at this backup left that was ended by force."""
    for path in archive.parent.glob(f"{archive.name}.*"):
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def given_up(before: float) -> list[Path]:
    """Where backups would lie of which nothing was written any more since this moment."""
    partial = list(paths.backups().glob("*.tar.partial"))
    return [archive for archive in (path.with_suffix("") for path in partial) if _written(archive) < before]


def _written(archive: Path) -> float:
    """When anything was written last of what is not whole yet."""
    last = 0.0
    for path in [*archive.parent.glob(f"{archive.name}.*"), *archive.parent.glob(f"{archive.name}.*/*")]:
        with suppress(OSError):
            last = max(last, path.stat().st_ctime)
    return last


def _kept(path: Path) -> Kept | None:
    with suppress(OSError, tarfile.TarError), tarfile.open(path, "r:") as tar:
        first, state = tar.next(), path.stat()
        if first is not None and first.name == HEADER and not path.is_symlink():
            return Kept(path, state.st_size, state.st_mtime)
    return None
