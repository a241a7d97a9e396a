"""Folders in object storage: objects are named by their content and never change, a manifest names them.

Whoever has the digest of a manifest has the whole folder as it was then: a push that breaks off has changed nothing,
and bytes that are not those that were pushed are noticed. Small files lie together in one object, so that a hundred
thousand pictures are some hundred requests.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from models.storage import checksums, manifest
from models.storage.manifest import Manifest, Piece
from models.storage.object_store import ObjectStore

SMALL = 2**20  # bytes; files below that share objects
TOGETHER = 32 * 2**20  # bytes of such an object, about


class FolderChanged(Exception):
    """A file is not as it was when the push began."""


def push(
    store: ObjectStore, place: str, folder: Path, names: Iterable[str], known: Manifest,
    check: Callable[[], None] = lambda: None,
) -> bytes:  # fmt: skip
    """Copy these files of a folder below the key `place`, but for those that lie there; returns the new manifest.

    Args:
        known: the manifest of what lies there.
        check: called between two files; what it raises ends the push.

    Raises:
        FolderChanged: a file was changed or removed meanwhile.
        StoreUnreachable: some of it may be there; nothing refers to that.
    """
    there = {piece.sha256: piece for piece in known.values()}
    files: dict[str, Piece] = {}
    small: list[tuple[str, str]] = []
    try:
        for name in names:
            check()
            path = folder / name
            sha256, state = checksums.digest(path), path.stat()
            if sha256 not in there and state.st_size < SMALL:
                small.append((name, sha256))
                continue
            if sha256 not in there:
                there[sha256] = _put_alone(store, place, path, sha256)
            files[name] = replace(there[sha256], modified=state.st_mtime_ns)
        for pieces in _put_together(store, place, folder, small, check):
            files.update(pieces)
    except FileNotFoundError as error:
        raise FolderChanged(f"{error.filename or error} is gone.") from error
    content = manifest.written(files)
    store.write(_key(place, manifest.digest(content)), content)
    return content


def _put_alone(store: ObjectStore, place: str, path: Path, sha256: str) -> Piece:
    store.put(path, f"{place}/{sha256}")
    if checksums.digest(path) != sha256:
        raise FolderChanged(f"{path} was changed.")
    return Piece(sha256, 0, path.stat().st_size, sha256, 0)


def _put_together(
    store: ObjectStore, place: str, folder: Path, small: Iterable[tuple[str, str]], check: Callable[[], None]
) -> Iterator[dict[str, Piece]]:
    pending: dict[str, tuple[str, int, bytes]] = {}
    held = 0
    for name, sha256 in small:
        check()
        modified, content = (folder / name).stat().st_mtime_ns, (folder / name).read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise FolderChanged(f"{folder / name} was changed.")
        pending[name] = sha256, modified, content
        held += len(content)
        if held >= TOGETHER:
            yield _put(store, place, pending)
            pending, held = {}, 0
    if pending:
        yield _put(store, place, pending)


def _put(store: ObjectStore, place: str, pending: Mapping[str, tuple[str, int, bytes]]) -> dict[str, Piece]:
    whole = b"".join(content for _, _, content in pending.values())
    key = hashlib.sha256(whole).hexdigest()
    store.write(f"{place}/{key}", whole)
    pieces, offset = {}, 0
    for name, (sha256, modified, content) in pending.items():
        pieces[name] = Piece(key, offset, len(content), sha256, modified)
        offset += len(content)
    return pieces


def read(store: ObjectStore, place: str, digest: str) -> bytes:
    """The manifest of this digest, as `manifest.parsed` takes it.

    Raises:
        ObjectMissing: it is gone, most likely since a newer one took its place.
        ValueError: it is not as it was written.
        StoreUnreachable: it could not be asked.
    """
    content = store.read(_key(place, digest))
    if manifest.digest(content) != digest:
        raise ValueError(f"The manifest {digest} in the object storage is not as it was written.")
    return content


def fetch(store: ObjectStore, place: str, files: Manifest, into: Path, beside: Path) -> None:
    """Copy files into the folder `into`, which is made anew, but for those that are in `beside` as they should be.

    Raises:
        ObjectMissing: an object is gone, most likely since a newer manifest took the place of this one.
        ValueError: bytes are not those that were pushed.
        StoreUnreachable: some are still missing.
    """
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    wanted: dict[str, dict[str, Piece]] = {}
    for name, piece in files.items():
        if not _is_there(beside / name, piece):
            wanted.setdefault(piece.object, {})[name] = piece
    for key, pieces in wanted.items():
        if all(piece.is_alone for piece in pieces.values()):
            _get_alone(store, place, key, [into / name for name in pieces])
        else:
            _get_pieces(store.read(f"{place}/{key}"), pieces, into)
        for name, piece in pieces.items():
            os.utime(into / name, ns=(piece.modified, piece.modified))


def _is_there(path: Path, piece: Piece) -> bool:
    return path.is_file() and path.stat().st_size == piece.size and checksums.digest(path) == piece.sha256


def _get_alone(store: ObjectStore, place: str, sha256: str, paths: list[Path]) -> None:
    first, *others = paths
    first.parent.mkdir(parents=True, exist_ok=True)
    store.get(f"{place}/{sha256}", first)
    if checksums.digest(first) != sha256:
        raise ValueError(f"The object {sha256} is not as it was written.")
    for path in others:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(first, path)


def _get_pieces(whole: bytes, pieces: Manifest, into: Path) -> None:
    for name, piece in pieces.items():
        content = whole[piece.offset : piece.offset + piece.size]
        if hashlib.sha256(content).hexdigest() != piece.sha256:
            raise ValueError(f"The bytes of {name} are not as they were written.")
        path = into / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def lay_over(fetched: Path, folder: Path, gone: Iterable[str]) -> None:
    """Put what was fetched into its folder, and remove the files `gone` from there; at one stroke where there was
    none."""
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        fetched.rename(folder)
        return
    for path in sorted(path for path in fetched.rglob("*") if path.is_file()):
        target = folder / path.relative_to(fetched)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
    for name in gone:
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(fetched)


def drop(store: ObjectStore, place: str, digest: str, before: Manifest, now: Manifest) -> None:
    """Delete what only the manifest `before`, of this digest, needs.

    Raises:
        StoreUnreachable: some of it is left; it goes with its folder.
    """
    needed = {piece.object for piece in now.values()}
    gone = {piece.object for piece in before.values()} - needed
    store.remove(_key(place, digest), *(f"{place}/{key}" for key in sorted(gone)))


def remove(store: ObjectStore, place: str) -> None:
    """Delete all that lies below `place`, also what broken pushes left.

    Raises:
        StoreUnreachable: some of it is left.
    """
    store.remove(*store.below(place))


def _key(place: str, digest: str) -> str:
    return f"{place}/{digest}.json"
