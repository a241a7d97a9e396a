"""A home out of a backup. The archive is believed nothing: no name leads out of the folder, nothing but plain files is
written, and all of it is checked before any of it counts."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from cases.ingest.archives.names import refuse_dangerous
from models.errors import N_, InputError
from runs import outages, paths
from runs.backup import CHECKSUMS, FILES, HEADER, ROWS, VERSION, damaged, rows
from runs.store import database

AT_ONCE = 2**20  # bytes
DEEPEST = 64  # folders within folders; a home has a dozen
MOST_TOLD = 2**30  # bytes of what the archive says of itself
_DAMAGED = (  # what tarfile was seen to raise for headers that are none, such as the map of a sparse file
    tarfile.TarError, FileExistsError, NotADirectoryError, EOFError, ValueError, LookupError, ArithmeticError,
    RecursionError, MemoryError,
)  # fmt: skip
MAY_LIE_THERE = {"lost+found", "migrate.lock"}  # in an empty folder: of a disk, and where this was tried before


def unpack(archive: Path) -> Mapping[str, int]:
    """Restore a backup into the home that is in use, and its database; returns how many rows of each table.

    Raises:
        InputError: the home or the database is not empty, or the archive is no backup, damaged, or of a later version.
    """
    home = paths.home()
    require_empty(home)
    try:
        with tempfile.TemporaryDirectory(dir=home, prefix="restoring-") as folder:
            _extract(archive, Path(folder))
            return _move_in(Path(folder), home)
    except BaseException:
        _clear(home)
        raise


def _move_in(folder: Path, home: Path) -> Mapping[str, int]:
    """The rows and the files; the rows count once the files are there."""
    made = database.at(database.url())
    try:
        with made.begin() as db:
            rows.require_empty(db)
            copied = rows.restore(folder / ROWS, db)
            for part in FILES:
                if (folder / "files" / part).exists():
                    (folder / "files" / part).rename(home / part)
        return copied
    finally:
        made.dispose()


def require_empty(home: Path) -> None:
    """
    Raises:
        InputError: something lies in it.
    """
    if {path.name for path in home.iterdir()} - MAY_LIE_THERE:
        raise InputError(
            found=N_("The folder “{folder}” is not empty."),
            expected=N_("A backup is restored into an empty folder."),
            remedy=N_("Choose another folder, or move its files away."),
            folder=str(home),
        )


def _clear(home: Path) -> None:
    """Of what was begun nothing stays; the folder was empty."""
    for path in home.iterdir():
        if path.name in MAY_LIE_THERE:
            continue
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _extract(archive: Path, folder: Path) -> None:
    """Write all files below `folder`, each as its checksum says."""
    if not tarfile.is_tarfile(archive):
        raise _no_backup()
    try:
        with tarfile.open(archive, "r:") as tar:  # uncompressed, so it cannot grow beyond its own size
            members = iter(tar)
            _require_version(tar, next(members, None))
            written: dict[str, str] = {}
            told: Mapping[str, Any] | None = None
            for member in members:
                if told is not None:  # the checksums come last
                    raise damaged()
                if member.name == CHECKSUMS:
                    told = _json(tar, member)
                else:
                    written[member.name] = _write(tar, member, folder)
    except _DAMAGED as error:
        raise damaged() from error
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        raise damaged() from error
    if told is None or told.get("sha256") != written or ROWS not in written:
        raise damaged()
    _link(told.get("links", {}), written, folder)


def _require_version(tar: tarfile.TarFile, first: tarfile.TarInfo | None) -> None:
    told = _json(tar, first) if first is not None and first.name == HEADER else {}
    if not isinstance(told.get("casebook"), int):
        raise _no_backup()
    if told["casebook"] > VERSION:
        raise outages.later_version()


def _no_backup() -> InputError:
    return InputError(
        found=N_("The file is not a backup of Casebook."),
        expected=N_("Backups are written by “python -m runs.backup”."),
        remedy=N_("Choose another file."),
    )


def _json(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Mapping[str, Any]:
    content = tar.extractfile(member) if _is_plain(member) and member.size <= MOST_TOLD else None
    try:
        told = json.loads(content.read()) if content else None
    except (ValueError, RecursionError) as error:  # brackets within brackets
        raise damaged() from error
    if not isinstance(told, dict):
        raise damaged()
    return told


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> str:
    """The SHA-256 of what was written."""
    path, content = _inside(member.name, folder), tar.extractfile(member) if _is_plain(member) else None
    if content is None:  # a link, a device, or a file with holes
        raise damaged()
    path.parent.mkdir(parents=True, exist_ok=True)
    digest, left = hashlib.sha256(), member.size
    with path.open("xb") as file:
        while part := content.read(AT_ONCE):
            digest.update(part)
            file.write(part)
            left -= len(part)
    if left:
        raise damaged()
    return digest.hexdigest()


def _is_plain(member: tarfile.TarInfo) -> bool:
    return member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not member.sparse


def _link(links: Any, written: Mapping[str, str], folder: Path) -> None:
    """Give files their second names; where the disk knows no such thing, copies."""
    if not isinstance(links, dict) or not all(isinstance(one, str) for one in (*links, *links.values())):
        raise damaged()
    for name, known in links.items():
        path = _inside(name, folder)
        if known not in written or path.exists():
            raise damaged()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(folder / known, path)
        except OSError:
            shutil.copyfile(folder / known, path)


def _inside(name: str, folder: Path) -> Path:
    """Where a file of this name is written: below `folder`, in one of the folders that a home has."""
    refuse_dangerous(name, "tar")
    parts = PurePosixPath(name).parts
    if "/".join(parts) != name or len(parts) > DEEPEST or not _is_known(parts):
        raise damaged()
    return folder.joinpath(*parts)


def _is_known(parts: Iterable[str]) -> bool:
    match tuple(parts):
        case ("files", part, _, *_more):
            return part in FILES
        case (name,):
            return name == ROWS
    return False
