"""Whether the files of a model of the hub are still as they were downloaded.

The hub announces a large file by its SHA-256, and its library names what it keeps by that; of all others the SHA-256 is
noted once they have arrived. What was downloaded before that is trusted the first time.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from filelock import FileLock

from models.storage import checksums

SHA256 = re.compile(r"[0-9a-f]{64}")


def damaged(snapshot: Path) -> list[str]:
    """Names of the files in a folder of the hub's cache that are gone, or have other bytes than they had."""
    inventory = _inventory(snapshot)
    found = checksums.changed(inventory, snapshot)
    if found == [inventory.name]:
        checksums.discard(inventory)
        found = []
    return sorted({*found, *misnamed(snapshot)})


def misnamed(snapshot: Path) -> list[str]:
    """Names of the files whose bytes are not those that the hub announced, as far as it announced any."""
    announced = {path: path.resolve().name for path in snapshot.iterdir() if path.is_file()}
    return [path.name for path, sha256 in announced.items()
            if SHA256.fullmatch(sha256) and checksums.digest(path.resolve()) != sha256]  # fmt: skip


def keep(snapshot: Path) -> None:
    """Note what has arrived, unless that was done."""
    inventory, files = _inventory(snapshot), [path for path in snapshot.iterdir() if path.is_file()]
    if {path.name for path in files} != checksums.noted(inventory).keys():
        checksums.note(inventory, snapshot, files)


def remove(snapshot: Path, names: Collection[str]) -> None:
    """Have the hub's library download these files again."""
    checksums.discard(_inventory(snapshot))
    for path in (snapshot / name for name in names):
        path.resolve().unlink(missing_ok=True)
        path.unlink(missing_ok=True)


def lock(snapshot: Path) -> FileLock:
    """Held by the process that looks at the files, so that no other finds what is just being replaced."""
    path = _inventory(snapshot).with_suffix(".lock")
    path.parent.mkdir(exist_ok=True)
    return FileLock(path)


def _inventory(snapshot: Path) -> Path:
    return snapshot.parent.parent / "checksums" / f"{snapshot.name}.json"
