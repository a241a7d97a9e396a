"""SHA-256 of files that are kept for later, so that a damaged one is noticed and not trusted."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes; read again only when the file has changed."""
    state = path.stat()
    return _digest(path, state.st_size, state.st_mtime_ns, state.st_ino)


@lru_cache(maxsize=4096)  # the files of a few hundred runs, which a list of runs asks about in one go
def _digest(path: Path, *_state: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def settle(partial: Path, path: Path) -> None:
    """Turn `partial` into `path`, written through to the disk, with its SHA-256 in a file beside it."""
    sync(partial)
    noted = beside(path)
    noted.write_text(digest(partial))
    sync(noted)
    partial.replace(path)
    sync(path.parent)


def intact(path: Path) -> bool:
    """Whether `path` is what `settle` made it; False where nothing was noted of it."""
    try:
        return beside(path).read_bytes() == digest(path).encode()
    except OSError:
        return False


def discard(path: Path) -> None:
    path.unlink(missing_ok=True)
    beside(path).unlink(missing_ok=True)


def beside(path: Path) -> Path:
    """Where the SHA-256 of `path` is noted."""
    return path.with_name(f"{path.name}.sha256")


def note(inventory: Path, folder: Path, paths: Iterable[Path]) -> None:
    """Write the SHA-256 of files below `folder` into the file `inventory`, all of them written through to the disk."""
    paths, partial = sorted(paths), inventory.with_name(f"{inventory.name}.partial")
    for path in paths:
        if path.stat().st_nlink == 1:  # what is shared was written before, perhaps by somebody else
            sync(path)
    partial.write_text(json.dumps({path.relative_to(folder).as_posix(): digest(path) for path in paths}), "utf-8")
    settle(partial, inventory)


def replace(path: Path, text: str | None) -> None:
    """Write the file anew, at one stroke and through to the disk; None: it is to be gone."""
    if text is None:
        path.unlink(missing_ok=True)
        return
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text, "utf-8")
    sync(partial)
    partial.replace(path)


def renew(inventory: Path, folder: Path, names: Iterable[str]) -> None:
    """Note the SHA-256 of files anew that were replaced since `note`, and forget those that are gone.

    Nothing is noted where nothing ever was, or where the inventory is damaged.
    """
    try:
        known = dict(noted(inventory))
    except ValueError:
        return
    if not known:
        return
    for name in names:
        known.pop(name, None)
        if (folder / name).exists():
            known[name] = digest(folder / name)
    partial = inventory.with_name(f"{inventory.name}.partial")
    partial.write_text(json.dumps(known), "utf-8")
    settle(partial, inventory)


def changed(inventory: Path, folder: Path, concerns: Callable[[str], bool] = bool) -> list[str]:
    """Names of the files below `folder` that are not as `note` found them, of those that `concerns` is true of.

    None where nothing was ever noted; that of the inventory where itself is damaged.
    """
    try:
        known = noted(inventory)
    except ValueError:
        return [inventory.name]
    return [name for name, sha256 in known.items() if concerns(name) and not _is(folder / name, sha256)]


def noted(inventory: Path) -> Mapping[str, str]:
    """Name → SHA-256 as `note` wrote them.

    Raises:
        ValueError: the inventory is damaged, or gone though it was written.
    """
    if not beside(inventory).exists():
        return {}
    if not intact(inventory):
        raise ValueError(f"{inventory} is not as it was written.")
    state = inventory.stat()
    return _noted(inventory, state.st_size, state.st_mtime_ns, state.st_ino)


@lru_cache(maxsize=1024)
def _noted(inventory: Path, *_state: int) -> Mapping[str, str]:
    return json.loads(inventory.read_text("utf-8"))


def _is(path: Path, sha256: str) -> bool:
    try:
        return digest(path) == sha256
    except OSError:  # gone, or its disk does not give it
        return False


def sync(path: Path) -> None:
    """Have what was written into a file, or the names in a folder, on the disk."""
    if path.is_dir() and os.name == "nt":  # which has no handle of a folder to sync
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
