"""What was collected so far: a file in the run's folder with one JSON line for each change, so that ten thousand files
cost ten thousand short lines. Whose it is, `drafts` asks."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from sqlalchemy import delete

from cases.ingest.labeled_files import of_folders
from runs import paths
from runs.store.database import engine
from runs.store.tables import uploads


@dataclass(frozen=True)
class DraftFile:
    """One uploaded file: the class that was typed for it, the part it is for, and the folders it lay in."""

    upload: str
    name: str
    bytes: int
    label: str = ""
    split: str = ""
    folder: str = ""  # path with /
    items: int = 1  # what it holds for its class, where that is known

    @property
    def class_(self) -> str:
        """As typed, else as the folder says; "" where a table or the file itself has to say it."""
        return self.label or of_folders(self.folder.split("/") if self.folder else [])[0]


def add(identity: str, piece: DraftFile) -> None:
    """The caller has asked whether the draft may be changed."""
    _write(identity, asdict(piece))


def remove(identity: str, gone: Collection[str]) -> None:
    """Take uploads out of a draft; their files are deleted. What is not in it stays, whatever a browser says."""
    taken = [piece.upload for piece in of(identity) if piece.upload in gone]
    if taken:
        _write(identity, {"gone": taken})
        forget(taken)


def relabel(identity: str, which: Collection[str], label: str) -> None:
    """Give uploads of a draft another class; "" for what their folder says."""
    _write(identity, {"relabelled": list(which), "label": label})


def of(identity: str) -> list[DraftFile]:
    """In the order in which they came."""
    path = _path(identity)
    found: dict[str, DraftFile] = {}
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        told = json.loads(line)
        for gone in told.get("gone", ()):
            found.pop(gone, None)
        for upload in told.get("relabelled", ()):
            if upload in found:
                found[upload] = replace(found[upload], label=told["label"])
        if "upload" in told:
            found[told["upload"]] = DraftFile(**told)
    return list(found.values())


def changed(identity: str) -> float:
    """When anything was last added or taken out; 0 where nothing ever was."""
    try:
        return _path(identity).stat().st_mtime
    except FileNotFoundError:
        return 0.0


def exist(identity: str) -> bool:
    return _path(identity).exists()


def settle(identity: str) -> None:
    """They have become a data set."""
    _path(identity).unlink(missing_ok=True)


def forget(identities: Collection[str]) -> None:
    """Delete these uploads, their files first."""
    for identity in identities:
        (paths.uploads() / identity).unlink(missing_ok=True)
    with engine().begin() as db:
        for identity in identities:
            db.execute(delete(uploads).where(uploads.c.id == identity))


def _path(identity: str) -> Path:
    return paths.home() / "runs" / identity / "collected.jsonl"


def _write(identity: str, told: dict[str, object]) -> None:
    path = _path(identity)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(json.dumps(told, ensure_ascii=False).encode() + b"\n")  # one write: uploads may end at once
