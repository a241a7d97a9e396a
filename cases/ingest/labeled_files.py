"""Where each file belongs: its class and its part, as a hand, a table or its folder says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from cases import labels
from cases.ingest import label_table
from cases.ingest.archives import SetAside
from cases.ingest.collection import CollectedFiles, SourceFile
from cases.ingest.tables import CLASS_FOLDER
from cases.ingest.tables.headings import PARTS
from models.errors import N_, InputError

UPPER, LAST = "upper", "last"  # the folder that names the class: above the one that a file lies in, or that one
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
    the class is the folder a file lies in, or the one above it where a person chose that. Folders named train,
    validation and test above it are honoured.

    Raises:
        InputError: a table that was brought by itself names none of the files, or gives no classes.
    """
    by_hand = [_sample(found, found.label, found.split) for found in gathered.files if found.label]
    said = label_table.place(gathered.tables, [found for found in gathered.files if not found.label], asked, more)
    by_table = [
        {**_sample(found, label, part_for(found.split, [one] if one else [])), **besides}
        for (found, label, one), besides in zip(said.placed, said.more, strict=True)
    ]
    placed, strays = [], []
    for found, (label, parts) in zip(said.left, of_files(said.left, asked), strict=True):
        if label:
            placed.append(_sample(found, label, part_for(found.split, parts)))
        else:
            strays.append(SetAside(found.name, N_("Not in a class folder.")))
    samples = [*by_hand, *by_table, *placed]
    return LabeledFiles(samples, [*said.set_aside, *strays], [*said.notes, *folder_notes(said.left, asked)])


def of_files(files: Sequence[SourceFile], asked: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """`of_folders` for each file. Where a person chose the upper folder, a file that lies in no lower one has the class
    that its own folder says.

    Raises:
        InputError: what was chosen is no such folder.
    """
    if asked.get(CLASS_FOLDER, LAST) not in (UPPER, LAST):
        raise InputError(
            found=N_("The class folder “{value}” is unknown."),
            expected=N_("It is upper or last."),
            remedy=N_("Choose one of them."),
            value=asked[CLASS_FOLDER],
        )
    folders = [PurePosixPath(found.name).parts[:-1] for found in files]
    if asked.get(CLASS_FOLDER) != UPPER:
        return [of_folders(one) for one in folders]
    depth: dict[int, int] = {}  # upload → the depth of its class folders
    for found, one in zip(files, folders, strict=True):
        depth[found.part] = max(depth.get(found.part, 1), len(_without_parts(one)) - 1)
    return [of_folders(one, depth[found.part]) for found, one in zip(files, folders, strict=True)]


def of_folders(folders: Sequence[str], depth: int | None = None) -> tuple[str, list[str]]:
    """The class that the folders around a file say, "" where they say none, and the parts above it.

    `depth`: of the folder that names the class, from the top and parts not counted; the last unless it is said.
    """
    parts = [_part_of(folder) for folder in folders]
    if not folders or parts[-1]:
        return "", []
    return labels.plain(_without_parts(folders)[:depth][-1]), [part for part in parts if part]


def folder_notes(files: Sequence[SourceFile], asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """Whether the last folder or the one above it names the class, and the other one to choose, since
    `class/source/file`, `kind/class/file` and `speaker/class/file` look alike.

    Only where at least half of the innermost folders lie in two levels, with several upper ones in one upload (a single
    one holds the whole of it) and several last ones.
    """
    places = {(found.part, _without_parts(PurePosixPath(found.name).parts[:-1])) for found in files}
    places -= {(part, names[:depth]) for part, names in places for depth in range(len(names))}  # those around others
    inner = sorted((part, names) for part, names in places if len(names) > 1 and names[-2] != names[-1])
    uppers = Counter(part for part, _ in {(part, names[-2]) for part, names in inner})
    several = max(uppers.values(), default=0) > 1 and len({names[-1] for _, names in inner}) > 1
    if not several or 2 * len(inner) < len(places):
        return []
    upper, last = inner[0][1][-2:]
    args = {"last": last, "upper": upper}
    if asked.get(CLASS_FOLDER) == UPPER:
        return [{"message": N_("The upper folder is the class, as you chose: “{upper}”, not “{last}”."), "args": args,
                 "refusal": N_("Use the last folder as the class"), "columns": {CLASS_FOLDER: LAST}}]  # fmt: skip
    return [{"message": N_("The last folder is the class: “{last}”, not “{upper}”. If the last folders name sources, "
                           "such as a person or a recording, choose the upper folder."), "args": args,
             "refusal": N_("Use the upper folder as the class"), "columns": {CLASS_FOLDER: UPPER}}]  # fmt: skip


def _without_parts(folders: Sequence[str]) -> tuple[str, ...]:
    return tuple(folder for folder in folders if not _part_of(folder))


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
