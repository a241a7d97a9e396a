"""The bundle of a run as one file: made when somebody wants it, for it takes as much room again."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from zipfile import ZipFile

from filelock import FileLock

from runs import integrity, paths

FILE = "bundle.zip"
KEPT = 24 * 3600.0  # seconds after it was last asked for


def of(folder: Path) -> Path | None:
    """The zip of the bundle in a run's `folder`; None where there is no bundle. Others, long unused, go.

    Raises:
        InputError: the bundle is damaged, so that there is nothing to make the zip from.
    """
    bundle, path = folder / "bundle", folder / FILE
    if not bundle.is_dir():
        return None
    with FileLock(path.with_suffix(".lock")):
        if not path.exists() or path.stat().st_mtime < bundle.stat().st_mtime:
            integrity.require_model(folder.name)
            _zip(bundle, path)
    os.utime(path, (time.time(), path.stat().st_mtime))  # asked for now, but the same as before: a download goes on
    _forget_the_unused()
    return path


def _zip(bundle: Path, path: Path) -> None:
    packing = path.with_suffix(".zip.partial")
    try:
        with ZipFile(packing, "w") as archive:  # stored: weights hardly shrink
            for file in sorted(bundle.rglob("*")):
                archive.write(file, file.relative_to(bundle))
        packing.replace(path)
    finally:
        packing.unlink(missing_ok=True)


def _forget_the_unused() -> None:
    for path in paths.home().glob(f"runs/*/{FILE}"):
        with suppress(OSError):  # another process was first, or on Windows somebody is reading it
            if path.stat().st_atime < time.time() - KEPT:
                path.unlink()
