"""Where bytes live: one home, and below it what is found where."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from filelock import FileLock

PRIVATE = 0o700
CODE = Path(__file__).parent.parent
LOCAL = "local"  # the owner of everything where nobody logs in
BALLAST = 8 * 2**20  # given up when the disk is full, so that the last words of a run still fit


def place() -> Path:
    """`CASEBOOK_HOME`, by default and where it is empty `var` in the working directory."""
    return Path(os.environ.get("CASEBOOK_HOME") or "var").absolute()


def home() -> Path:
    """The same; made when it is not there.

    Nobody but its owner may look into it, also where an earlier version made it.
    """
    path = place()
    path.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    _close(path)
    return path


def require_writable() -> None:
    """
    Raises:
        OSError: nothing can be kept in the home.
    """
    with tempfile.TemporaryFile(dir=home()) as probe:
        probe.write(bytes(4096))


def home_id() -> str:
    """A name for this home, drawn by chance once: hosts that share it are one, where others have homes of their own."""
    return _home_id(home())


@lru_cache(maxsize=8)
def _home_id(home: Path) -> str:
    path = home / "home_id"
    with FileLock(_made(home / "locks") / "home_id.lock"):
        if not path.exists():
            path.write_text(secrets.token_hex(8))
    return path.read_text()


def uploads() -> Path:
    return _made(home() / "uploads")


def datasets() -> Path:
    return _made(home() / "datasets")


def backups() -> Path:
    return _made(home() / "backups")


def cache() -> Path:
    return _made(home() / "cache")


def cache_of(owner: str) -> Path:
    """What is kept of this owner's data: how soon their work is ready must not tell that another has the same."""
    return cache() if owner == LOCAL else _made(_own_cache(owner))


def _own_cache(owner: str) -> Path:
    return cache() / "people" / owner


def tries(owner: str) -> Path:
    """What this owner gave a model to try, for a day."""
    return home() / "tries" / owner


def forget_person(owner: str) -> None:
    for folder in (_own_cache(owner), tries(owner)):
        shutil.rmtree(folder, ignore_errors=True)


def lock(digest: str) -> Path:
    """Held by the process that reads this data set."""
    return _made(home() / "locks") / f"{digest}.lock"


def lock_of_stored(key: str) -> Path:
    """Held while a folder is fetched from the object storage, or what is known of it here changes."""
    return _made(home() / "locks") / f"stored-{key.replace('/', '-')}.lock"


def stored(key: str) -> Path:
    """The manifest of a folder as the object storage last had it when this home asked, or wrote it."""
    return home() / "stored" / f"{key}.json"


def logs() -> Path:
    return _made(home() / "logs")


def run(identity: str) -> Path:
    """The folder of a run: checkpoints, bundle, predictions."""
    return _made(home() / "runs" / identity)


def forget_run(identity: str) -> None:
    shutil.rmtree(home() / "runs" / identity, ignore_errors=True)
    (logs() / f"{identity}.log").unlink(missing_ok=True)


def forget_dataset(identity: str) -> None:
    """Its folder, and the pixels and features that were kept of it for anybody."""
    kept = [*cache().glob(f"*/{identity}"), *cache().glob(f"people/*/*/{identity}")]
    for folder in (datasets() / identity, *kept):
        shutil.rmtree(folder, ignore_errors=True)


def keep_ballast() -> None:
    """Set a few megabytes aside for the moment the disk is full; does nothing where there is no room."""
    path = home() / "ballast"
    if not path.exists() and shutil.disk_usage(home()).free > 4 * BALLAST:
        path.write_bytes(os.urandom(BALLAST))


def drop_ballast() -> None:
    (home() / "ballast").unlink(missing_ok=True)


def _close(path: Path) -> None:
    """Not what is another's, nor a folder that everyone shares, such as /tmp."""
    now = path.stat()
    ours = os.name == "posix" and now.st_uid == os.geteuid() and not now.st_mode & stat.S_ISVTX
    if ours and stat.S_IMODE(now.st_mode) & ~PRIVATE:
        with suppress(PermissionError):  # a disk that knows no such rights
            path.chmod(PRIVATE)


def _made(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
