"""Where each picture of an upload belongs: its class and its part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from cases.archives import Member, SetAside
from models.errors import N_

SPLIT_FOLDERS = {
    "train": "train", "training": "train", "val": "validation", "valid": "validation",
    "validation": "validation", "test": "test", "testing": "test",
}  # fmt: skip


def place(members: Sequence[Member], split: str) -> tuple[list[dict], list[SetAside]]:
    """The class of each picture is the folder it lies in; train, validation and test folders above are honoured."""
    placed, strays = [], []
    for member in members:
        folders = PurePosixPath(member.name).parts[:-1]
        if not folders or folders[-1].lower() in SPLIT_FOLDERS:
            strays.append(SetAside(member.name, N_("It lies in no class folder.")))
            continue
        named = [SPLIT_FOLDERS[f.lower()] for f in folders[:-1] if f.lower() in SPLIT_FOLDERS]
        placed.append(
            {
                "name": member.name,
                "path": member.file,
                "file": member.file.name,
                "label": folders[-1],
                "split": _part(split, named),
            }
        )
    return placed, strays


def _part(split: str, named: list[str]) -> str:
    """The part the file was given for; a file to train on may hold its own validation folder."""
    if split == "train" and named[:1] == ["validation"]:
        return "validation"
    return split or (named[0] if named else "")
