"""Where each file belongs: its class and its part, as a hand, a table or its folder says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from cases import labels
from cases.ingest import label_table
from cases.ingest.archives import SetAside
from cases.ingest.collection import CollectedFiles, SourceFile
from cases.ingest.tables.headings import PARTS
from models.errors import N_

_NO_PARTS = {"dev"}  # in a table it is the validation part; as a folder it is more likely a class


@dataclass(frozen=True)
class LabeledFiles:
    """Samples have name, path, label and split, and of `more` and `metadata.KEY` what a table says; `notes` are
    messages with their arguments."""

    samples: list[dict[str, Any]]
    set_aside: list[SetAside]
    notes: list[dict[str, Any]]


def place(gathered: CollectedFiles, asked: Mapping[str, str] = {}, more: Sequence[str] = ()) -> LabeledFiles:
    """Give every file its class and its part; `asked` and `more` as `columns.find` takes them.

    A class that was typed for a file stands. A table decides for the files beside it, where there is one; otherwise
    the class is the folder a file lies in. Folders named train, validation and test above it are honoured.

    Raises:
        InputError: a table that was brought by itself names none of the files, or gives no classes.
    """
    by_hand = [_sample(found, found.label, found.split) for found in gathered.files if found.label]
    said = label_table.place(gathered.tables, [found for found in gathered.files if not found.label], asked, more)
    by_table = [
        {**_sample(found, label, part_for(found.split, [one] if one else [])), **besides}
        for (found, label, one), besides in zip(said.placed, said.more, strict=True)
    ]
    by_folder, strays = _by_folder(said.left)
    return LabeledFiles([*by_hand, *by_table, *by_folder], [*said.set_aside, *strays], said.notes)


def _by_folder(files: Sequence[SourceFile]) -> tuple[list[dict[str, Any]], list[SetAside]]:
    placed, strays = [], []
    for found in files:
        label, parts = of_folders(PurePosixPath(found.name).parts[:-1])
        if label:
            placed.append(_sample(found, label, part_for(found.split, parts)))
        else:
            strays.append(SetAside(found.name, N_("Not in a class folder.")))
    return placed, strays


def of_folders(folders: Sequence[str]) -> tuple[str, list[str]]:
    """The class that the folders around a file say, "" where they say none, and the parts above it."""
    parts = [_part_of(folder) for folder in folders]
    return ("", []) if not folders or parts[-1] else (labels.plain(folders[-1]), [part for part in parts if part])


def folder_parts() -> dict[str, str]:
    """Name of a folder, in small letters → the part of the data that it holds."""
    return {name: part for name, part in PARTS.items() if name not in _NO_PARTS}


def _part_of(folder: str) -> str:
    """train, validation or test where a folder is called so, else ""."""
    return folder_parts().get(folder.lower(), "")


def _sample(found: SourceFile, label: str, split: str) -> dict[str, Any]:
    return {"name": found.name, "path": found.path, "label": labels.plain(label), "split": split}


def part_for(split: str, named: list[str]) -> str:
    """The part the file was given for; a file to train on may hold its own validation folder."""
    if split == "train" and named[:1] == ["validation"]:
        return "validation"
    return split or (named[0] if named else "")
