"""Folders of data sets and runs on this host: fetched from the object storage where another host has made them, and
pushed there. Without `CASEBOOK_STORE` they are simply those of the home."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

from cases.training import proof
from models.errors import N_, InputError
from models.progress import QUIET
from models.storage import checksums, locks, object_folder
from models.storage.manifest import Manifest, digest, parsed
from models.storage.object_folder import FolderChanged
from models.storage.object_store import ObjectMissing, ObjectStore, StoreUnreachable, unusable
from models.training.checkpoints import MARK
from runs import paths
from runs.store import objects
from runs.store.objects import StoredFolder

TRIES = 5  # times that another may be first, or a file may change, until it counts as unreachable
FACTS = "facts.json"  # a data set that has them is whole
PASSING = ("bundle.zip", proof.FOLDER)  # of a run: made when somebody wants it, and only until it is packed

log = logging.getLogger(__name__)


class FolderRestless(StoreUnreachable):
    """A folder was changed each time that it was to be pushed; nothing speaks against the storage."""


def lacking() -> InputError | None:
    """Why no object storage can be used as it is set; None where nothing speaks against it."""
    cause = unusable(objects.url()) if objects.url() else ""
    if not cause:
        return None
    return InputError(
        found=N_("CASEBOOK_STORE is not a supported address of object storage: {cause}"),
        expected=N_("An address that fsspec knows, such as s3://bucket/prefix, whose package is installed."),
        remedy=N_("Correct it, install requirements-cluster.txt, or unset it to keep all files in CASEBOOK_HOME."),
        cause=cause,
    )


def dataset(identity: str) -> Path:
    """The folder of a data set.

    Raises:
        StoreUnreachable: it is not here yet.
    """
    folder = paths.datasets() / identity
    if objects.url() and not (folder / FACTS).exists():
        bring(objects.of_dataset(identity))
    return folder


def run(identity: str) -> Path:
    """The folder of a run, as the host that works on it has pushed it last.

    Raises:
        StoreUnreachable: it is not here yet, or not as it is now.
    """
    if objects.url():
        bring(objects.of_run(identity))
    return paths.run(identity)


def at(key: str) -> Path:
    """Where the folder of this key lies in the home."""
    return paths.home() / key


def bring(key: str) -> None:
    """Fetch a folder unless this home has the newest state of it, or a newer one of its own.

    Raises:
        StoreUnreachable: it could not be fetched whole.
    """
    if _is_newest(objects.row(key)):
        return
    with locks.held(paths.lock_of_stored(key), QUIET):
        for _ in range(TRIES):
            known = objects.row(key)
            if known is None or known.manifest is None or _is_newest(known):
                return
            try:
                _fetch(known)
            except ObjectMissing as error:  # a newer state has just taken its place
                log.info("%s is fetched once more: %s", key, error)
            except ValueError as error:
                raise StoreUnreachable(f"{key} is damaged in the object storage: {error}") from error
            else:
                return
    raise StoreUnreachable(f"Objects of {key} are missing in the object storage.")


def bring_all(check: Callable[[], None]) -> None:
    """Fetch all folders of all homes, as far as they were pushed; see `bring`.

    Args:
        check: called between two folders; what it raises ends it.
    """
    for known in objects.every() if objects.url() else ():
        check()
        bring(known.key)


def push(key: str, check: Callable[[], None] = lambda: None) -> None:
    """Copy what is new of a folder into the object storage; its row then says so.

    Args:
        check: called between two files; what it raises ends the push.

    Raises:
        StoreUnreachable: it has not come to that; it is still owed.
    """
    for _ in range(TRIES):
        bring(key)  # what another home wrote last comes first
        known = objects.row(key)
        if known is None or known.home != paths.home_id():  # it was deleted, or another home goes on with it
            return
        try:
            if not at(key).is_dir() or _push(known, check):
                return
        except FolderChanged as error:
            log.info("%s is pushed once more: %s", key, error)
    raise FolderRestless(f"{key} does not come to rest.")


def _push(known: StoredFolder, check: Callable[[], None]) -> bool:
    """Whether it is done; False where another was first."""
    store = ObjectStore(objects.url())
    before = parsed(paths.stored(known.key).read_bytes()) if known.manifest else {}
    content = object_folder.push(store, known.prefix, at(known.key), _names(known.key), before, check)
    now = parsed(content)
    with locks.held(paths.lock_of_stored(known.key), QUIET):
        if not objects.settle(known, digest(content), sum(piece.size for piece in now.values())):
            if objects.row(known.key) is None:
                objects.note_deleted(known)
            return False
        _note(known.key, content)
    if known.manifest not in (None, digest(content)):
        _drop(store, known, before, now)
    return True


def _drop(store: ObjectStore, known: StoredFolder, before: Manifest, now: Manifest) -> None:
    try:
        object_folder.drop(store, known.prefix, str(known.manifest), before, now)
    except StoreUnreachable as error:  # no more than room; it goes with the folder
        log.warning("Objects of %s that nothing needs stay for now: %s", known.key, error)


def remove_here(key: str) -> None:
    """Remove what this home has of a folder that was deleted elsewhere, and what was made of it beside."""
    name, forget = at(key).name, paths.forget_dataset if key.startswith("datasets/") else paths.forget_run
    with locks.held(paths.lock(name), QUIET), locks.held(paths.lock_of_stored(key), QUIET):  # nobody brings it just now
        if objects.gone([key]):
            forget(name)
            shutil.rmtree(_unfinished(key), ignore_errors=True)
            for note in paths.stored(key).parent.glob(f"{name}.json*"):  # also one over which a process was killed
                note.unlink(missing_ok=True)


def kept_here() -> set[str]:
    """Keys of the folders of which this home has anything, whether it was fetched, pushed or made here."""
    noted = (path.relative_to(paths.home() / "stored") for path in (paths.home() / "stored").glob("*/*"))
    return {path.with_name(path.name.split(".")[0]).as_posix() for path in noted} | set(lying_here())


def lying_here() -> list[str]:
    """Keys of all folders of data sets and runs in this home that are whole."""
    sets = [path for path in (paths.home() / "datasets").glob("*") if (path / FACTS).exists()]
    runs = [path for path in (paths.home() / "runs").glob("*") if path.is_dir()]
    return [path.relative_to(paths.home()).as_posix() for path in (*sets, *runs)]


def has_files(key: str) -> bool:
    """Whether there is anything in a folder that would be pushed."""
    return at(key).is_dir() and next(iter(_names(key)), None) is not None


def marks(key: str) -> frozenset[tuple[str, int]]:
    """Of a folder what changes with each complete checkpoint and each file that was settled."""
    found = [*at(key).rglob(MARK), *at(key).rglob("*.sha256")]
    return frozenset((path.relative_to(at(key)).as_posix(), _modified(path)) for path in found)


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _names(key: str) -> list[str]:
    """Files that are worth keeping: of a run those that are whole."""
    folder = at(key)
    found = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    if key == objects.of_run(folder.name):
        found = [path for path in found if not _passes(path) and _is_complete(folder, path)]
    return [path.as_posix() for path in found]


def _passes(path: Path) -> bool:
    return any(part in PASSING or part.startswith("tmp") or part.endswith((".partial", ".lock")) for part in path.parts)


def _is_complete(folder: Path, path: Path) -> bool:
    """Whether it belongs to no checkpoint that is still being written."""
    checkpoints = [one for one in path.parents if one.name.startswith("checkpoint-")]
    return all((folder / one / MARK).exists() for one in checkpoints)


def _is_newest(known: StoredFolder | None) -> bool:
    """Whether this home has taken up, or written itself, the newest state that the object storage has."""
    if known is None or known.manifest is None:
        return True
    return at(known.key).is_dir() and _noted(known.key) == known.manifest


def _fetch(known: StoredFolder) -> None:
    store, folder = ObjectStore(objects.url()), at(known.key)
    content = object_folder.read(store, known.prefix, str(known.manifest))
    now = parsed(content)
    before = parsed(paths.stored(known.key).read_bytes()) if paths.stored(known.key).exists() else {}
    object_folder.fetch(store, known.prefix, now, _unfinished(known.key), folder)
    object_folder.lay_over(_unfinished(known.key), folder, before.keys() - now.keys())
    _note(known.key, content)


def _unfinished(key: str) -> Path:
    """Where files lie until all that were asked for are there."""
    return paths.home() / "stored" / f"{key}.partial"


def _noted(key: str) -> str | None:
    try:
        return checksums.digest(paths.stored(key))
    except FileNotFoundError:
        return None


def _note(key: str, content: bytes) -> None:
    path = paths.stored(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    checksums.replace(path, content.decode())
