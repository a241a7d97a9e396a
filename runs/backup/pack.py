"""A home into one file; see `runs.backup` for what is in it and why it comes in this order."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from models.errors import N_, InputError
from models.progress import QUIET, ProgressReporter
from models.storage import checksums
from models.training.checkpoints import MARK
from runs import paths
from runs.backup import CHECKSUMS, FILES, HEADER, ROWS, VERSION, rows
from runs.store import folders

AT_ONCE = 2**20  # bytes
RESERVE = 4 * paths.BALLAST  # bytes that a backup leaves free
PROGRESS = "backup"  # of which it reports its bytes
COLLECTED = "collected.jsonl"  # which uploads belong to a draft


@dataclass
class Contents:
    """What was packed: the SHA-256 of each file, the names that are a second one of the same file, and the bytes."""

    sha256: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    bytes: int = 0


def pack(archive: Path, report: ProgressReporter = QUIET) -> Contents:
    """Back up the home that is in use; until the backup is whole, it has another name.

    Raises:
        InputError: there is a file of this name, or it would lie in what is packed, or the disk has too little room.
        StoreUnreachable: what lies in the object storage alone could not be fetched.
        Stopped: a person asked `report` to stop; then nothing is left of it.
    """
    _require_place(archive)
    folders.bring_all(report.check)
    needed = size()
    require_room(archive.parent, needed)
    partial = archive.with_name(f"{archive.name}.partial")
    try:
        beside = tempfile.TemporaryDirectory(dir=archive.parent, prefix=f"{archive.name}.")
        with beside as folder, _created(partial) as file:
            contents = _write(file, Path(folder) / ROWS, _Told(report, needed))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(archive)
        checksums.sync(archive.parent)
    finally:
        partial.unlink(missing_ok=True)
    report.progress(PROGRESS, max(1, needed), max(1, needed))  # which was an estimate
    return contents


def size() -> int:
    """Bytes that a backup would take now; of rows that lie on another server nothing is known."""
    seen: set[tuple[int, int]] = set()
    total = sum(state.st_size for state in _states(_files(paths.home()), seen))
    return total + sum(2 * state.st_size for state in _states(paths.home().glob("casebook.db*"), seen))


def _states(files: Iterable[Path], seen: set[tuple[int, int]]) -> Iterator[os.stat_result]:
    """Of each file, once; of what is gone by now none."""
    for path in files:
        with suppress(OSError):
            state = path.stat()
            if state.st_nlink == 1 or (state.st_dev, state.st_ino) not in seen:
                seen.add((state.st_dev, state.st_ino))
                yield state


def require_room(folder: Path, needed: int) -> None:
    """
    Raises:
        InputError: the disk of this folder would be full before the backup is whole.
    """
    if shutil.disk_usage(folder).free < needed + RESERVE:
        raise full(folder, needed)


def full(folder: Path, needed: int) -> InputError:
    return InputError(
        found=N_("Too little disk space: {free} MB free."),
        expected=N_("The folder of the backup needs room for all that is in the home, about {needed} MB."),
        remedy=N_("Free some space there, then try again."),
        free=shutil.disk_usage(folder).free // 10**6,
        needed=-(-needed // 10**6),
    )


def _write(file: BinaryIO, copy: Path, told: _Told) -> Contents:
    contents = Contents()
    first: dict[tuple[int, ...], str] = {}
    with tarfile.TarFile(fileobj=file, mode="w", format=tarfile.PAX_FORMAT, copybufsize=AT_ONCE) as tar:
        _add_json(tar, HEADER, {"casebook": VERSION, "made": time.time()})
        rows.snapshot(copy)
        for path in _files(paths.home()):
            told.check()
            _add(tar, path, f"files/{path.relative_to(paths.home()).as_posix()}", contents, first, told)
        there = {Path(name).name for name in (*contents.sha256, *contents.links) if name.startswith("files/uploads/")}
        rows.leave_out_what_is_gone(copy, rows.uploads_in(copy) - there)
        _add(tar, copy, ROWS, contents, {}, told)
        _add_json(tar, CHECKSUMS, {"sha256": contents.sha256, "links": contents.links})
    return contents


def _files(home: Path) -> Iterator[Path]:
    """Those of drafts first, then their uploads: what a draft names was there before it was named."""
    drafts = sorted((home / "runs").glob(f"*/{COLLECTED}"))
    yield from drafts
    for part in FILES:
        for folder, below, names in os.walk(home / part):
            below[:] = sorted(name for name in below if not _is_unfinished(Path(folder, name)))
            for path in (Path(folder, name) for name in sorted(names)):
                if path not in drafts and not path.is_symlink() and not path.name.endswith(".partial"):
                    yield path


def _is_unfinished(folder: Path) -> bool:
    """What is still being written, and made again where it was cut off."""
    if folder.name.startswith("checkpoint-"):
        return not (folder / MARK).exists()
    return folder.suffix == ".partial" or folder.name.startswith("tmp")


def _add(
    tar: tarfile.TarFile, path: Path, name: str, contents: Contents, first: dict[tuple[int, ...], str], told: _Told
) -> None:
    """One file, once; what was deleted meanwhile is passed over. `first`: the names of those that have several."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        state = os.fstat(file.fileno())
        which = (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)  # a number alone may have a new bearer
        known = first.setdefault(which, name) if state.st_nlink > 1 else name
        if known != name:
            contents.links[name] = known
            return
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = state.st_size, int(state.st_mtime), 0o600
        reading = _Hashed(file, told)
        tar.addfile(info, reading)
    contents.sha256[name] = reading.sha256.hexdigest()
    contents.bytes += info.size


class _Told:
    """How far a backup is, in bytes; and whether it shall go on."""

    def __init__(self, report: ProgressReporter, total: int) -> None:
        self.report, self.total, self.done = report, max(1, total), 0

    def check(self) -> None:
        self.report.check()

    def read(self, count: int) -> None:
        self.done += count
        self.report.progress(PROGRESS, min(self.done, self.total), self.total)
        self.check()


class _Hashed(io.RawIOBase):
    """What is read of a file, and its checksum. One that becomes shorter meanwhile is filled up: it is a checkpoint or
    a log of something at work, and has checksums of its own where it matters."""

    def __init__(self, file: BinaryIO, told: _Told) -> None:
        self.file, self.sha256, self.told = file, hashlib.sha256(), told

    def read(self, size: int = -1) -> bytes:
        part = self.file.read(size).ljust(size, b"\0")
        self.sha256.update(part)
        self.told.read(size)
        return part


def _add_json(tar: tarfile.TarFile, name: str, told: object) -> None:
    content = json.dumps(told, ensure_ascii=False).encode()
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = len(content), int(time.time()), 0o600
    tar.addfile(info, io.BytesIO(content))


def _created(path: Path) -> BinaryIO:
    """Nobody but its owner may read it: it holds everything."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _require_place(archive: Path) -> None:
    if archive.exists():
        raise InputError(
            found=N_("The file “{file}” already exists."),
            expected=N_("A backup is written to a new file."),
            remedy=N_("Choose another name, or move the file away."),
            file=str(archive),
        )
    if any(archive.resolve().is_relative_to((paths.home() / part).resolve()) for part in FILES):
        raise InputError(
            found=N_("The file “{file}” would be part of its own backup."),
            expected=N_("A backup lies outside the folders {folders} of the home."),
            remedy=N_("Choose another folder."),
            file=str(archive),
            folders=list(FILES),
        )
