"""What was read from an upload: samples, classes, and what was set aside."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from pyarrow import ArrowInvalid, parquet

from cases import class_renames, task_types
from cases.task_types import CLASSIFICATION, TaskType
from models.errors import N_, InputError
from models.storage import checksums

SPLITS = ("train", "validation", "test")
LEFT_OUT = "left_out"  # the split of a sample that a person took out
FACTS, BEFORE = "facts.json", "before"
METADATA = "metadata.parquet"


@dataclass(frozen=True)
class Dataset:
    """A folder made once and never changed: `samples.parquet`, `set_aside.parquet`, `facts.json`, `files/`, and where
    the data grew `before/`, the tables of the version they grew from (see `cases.versions`). Where a person's table had
    further columns they are in `metadata.parquet`, line by line as the samples.

    `samples` has the columns name, file (within `files/`), label, split ("" where the split is ours to
    make) and what the case adds; its row number is the sample's id. `set_aside` has name and reason.
    `edits` are laid over the samples: row → the label it has now, None where it is left out; and class → its name, see
    `cases.class_renames`.
    `task_type`: what the labels are; `reader`: by which version of `Case.read` they were read.
    `parts`: the part of every sample where that is decided already, whatever the settings say. `sealed`: the test part
    is left out, so that nothing that learns from the data can read it.
    """

    folder: Path
    digest: str
    case: str
    name: str
    classes: tuple[str, ...]
    edits: Mapping[int, str | None] = field(default_factory=dict)
    task_type: TaskType = CLASSIFICATION
    reader: int = 1
    parts: pd.Series | None = field(default=None, compare=False)
    sealed: bool = False

    @classmethod
    def open(cls, folder: Path, edits: Mapping[int, str | None] | None = None) -> Dataset:
        """Raises OSError, ValueError or KeyError where its facts cannot be read."""
        facts = json.loads((folder / FACTS).read_text("utf-8"))
        task_type = task_types.stored(facts)
        dataset = cls(folder, facts["digest"], facts["case"], facts["name"], tuple(facts["classes"]),
                      task_type=task_type, reader=facts.get("reader", 1))  # fmt: skip
        return dataset._edited(edits or {})

    def _edited(self, edits: Mapping[int, str | None]) -> Dataset:
        """The same with these edits: they can bring a new class or take the last sample of one; one that is renamed
        keeps its place in the order."""
        edited = replace(self, edits=edits)
        if not (edits and self.classes):
            return edited
        came, now = {new: old for old, new in edited.renamed.items()}, edited.kept["label"].unique()
        return replace(edited, classes=tuple(sorted(now, key=lambda name: came.get(name, name))))

    def meant_as(self, task_type: TaskType) -> Dataset:
        """The same with labels that are taken for classes, or for texts."""
        return self if task_type == self.task_type else replace(self, task_type=task_type)

    def called(self, name: str) -> Dataset:
        """The same under the name that a person gave."""
        return replace(self, name=name)

    def divided(self, parts: pd.Series) -> Dataset:
        """The same with these `parts`, as `cases.splits.assign` gives them."""
        return replace(self, parts=parts)

    def without_test(self) -> Dataset:
        """The same, `sealed`."""
        return replace(self, sealed=True)

    @property
    def is_whole(self) -> bool:
        """Whether every table and array is there as it was saved; the items' own files are not looked at."""
        sizes = self._facts.get("sizes", {})
        there = {path.name: path.stat().st_size for path in self.folder.iterdir() if path.is_file()}
        if any(there.get(name) != size for name, size in sizes.items()):
            return False
        try:
            parquet.read_metadata(self.folder / "samples.parquet")
        except (OSError, ArrowInvalid):
            return False
        return True

    def is_intact(self, name: str) -> bool:
        """Whether a file of the folder holds what was saved; of data read before checksums were kept, whether it is
        there."""
        known = self._facts.get("sha256", {}).get(name)
        path = self.folder / name
        return path.is_file() and known in (None, checksums.digest(path))

    @property
    def has_its_tables(self) -> bool:
        """Whether nothing has changed what only a second reading of the files could bring back."""
        noted = {name for name in self._facts.get("sha256", {}) if name.endswith(".parquet")}
        there = {path.name for path in self.folder.glob("*.parquet")}
        return all(map(self.is_intact, noted | there | {"samples.parquet"}))

    @property
    def _facts(self) -> dict[str, Any]:
        return json.loads((self.folder / FACTS).read_text("utf-8"))

    @cached_property
    def before(self) -> Dataset | None:
        """The version that this one grew from, as far as its tables go: its samples are the first of these."""
        folder = self.folder / BEFORE
        if not folder.exists():
            return None
        before = Dataset.open(folder).meant_as(self.task_type)
        return before._edited(class_renames.carried(self.edits, self.classes_as_read, before.classes))

    def save(
        self, samples: pd.DataFrame, set_aside: pd.DataFrame, notes: Sequence[dict[str, Any]] = (),
        metadata: pd.DataFrame | None = None,
    ) -> None:  # fmt: skip
        """Call it last: sizes and checksums of what lies in the folder are noted.

        `notes` are what a person should know of how it was read: messages and their arguments.
        """
        samples.to_parquet(self.folder / "samples.parquet")
        if metadata is not None and len(metadata.columns):
            metadata.to_parquet(self.folder / METADATA)
        set_aside.to_parquet(self.folder / "set_aside.parquet")
        facts = {name: getattr(self, name) for name in ("digest", "case", "name", "classes", "reader")}
        facts["task_type"] = self.task_type.name
        facts["notes"] = list(notes)
        there = [path for path in self.folder.iterdir() if path.is_file()]
        facts["sizes"] = {path.name: path.stat().st_size for path in there}
        facts["sha256"] = {path.name: checksums.digest(path) for path in there}
        (self.folder / FACTS).write_text(json.dumps(facts, ensure_ascii=False), "utf-8")

    @cached_property
    def samples(self) -> pd.DataFrame:
        """With the edits laid over; a sample left out keeps its row and has the split `LEFT_OUT`."""
        table = self.as_read.copy()
        if self.renamed:
            table["label"] = self.came
        labels = {row: label for row, label in self.edits.items() if label is not None and row in table.index}
        gone = [row for row, label in self.edits.items() if label is None and row in table.index]
        table.loc[list(labels), "label"] = list(labels.values())
        table.loc[gone, "split"] = LEFT_OUT
        return table

    @property
    def kept(self) -> pd.DataFrame:
        """The samples that are not left out; never to be changed in place."""
        return self.samples[self.samples["split"] != LEFT_OUT] if self.edits else self.samples

    @property
    def split(self) -> pd.Series:
        """The part of each of `kept`: as decided where it is, else as the data came; "" where it is ours to decide."""
        kept = self.kept
        return kept["split"] if self.parts is None else self.parts[kept.index]

    @property
    def left_out(self) -> int:
        """How many samples a person took out."""
        return len(self.samples) - len(self.kept) if self.edits else 0

    @property
    def relabelled(self) -> int:
        """How many samples have another label than they came with, without those left out and renamed classes."""
        kept = self.kept
        return int((kept["label"].fillna("") != self.came[kept.index].fillna("")).sum()) if self.edits else 0

    @cached_property
    def renamed(self) -> dict[str, str]:
        """Class as it was read → its name now, of the classes that a person renamed."""
        if not (self.edits and self.task_type.has_classes):
            return {}
        return class_renames.found(self.classes_as_read, self.edits)

    @property
    def classes_as_read(self) -> tuple[str, ...]:
        """Without the edits."""
        return tuple(self._facts["classes"])

    @cached_property
    def came(self) -> pd.Series:
        """The label that each sample came with, by the names that the classes have now."""
        labels = self.as_read["label"]
        return labels.map(self.renamed).fillna(labels) if self.renamed else labels

    def renaming(self, names: Mapping[str, str]) -> dict[int, str | None]:
        """The edits by which classes get new names; `names`: name now → new name."""
        classes = self.classes_as_read
        wanted = {class_renames.key(classes, label): names[now] for label in classes
                  if (now := self.renamed.get(label, label)) in names}  # fmt: skip
        rows = {row: names[label] for row, label in self.edits.items()
                if label is not None and label in names and not class_renames.is_class(row)}  # fmt: skip
        return {**wanted, **rows}

    @cached_property
    def as_read(self) -> pd.DataFrame:
        """The samples without the edits."""
        return pd.read_parquet(self.folder / "samples.parquet")

    @property
    def metadata(self) -> pd.DataFrame:
        """What a person's table says of each sample besides: texts by heading, "" where it says nothing; no column of
        data that came without, or were read before these were kept."""
        path = self.folder / METADATA
        return pd.read_parquet(path) if path.exists() else pd.DataFrame(index=self.as_read.index)

    @property
    def set_aside(self) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "set_aside.parquet")

    @property
    def notes(self) -> list[dict[str, Any]]:
        return self._facts.get("notes", [])

    def file(self, relative: str) -> Path:
        return self.folder / "files" / relative


def gone() -> InputError:
    return InputError(
        found=N_("The data set of this run no longer exists."),
        expected=N_("A run needs the data set it was started with."),
        remedy=N_("Upload the same file again, then resume."),
    ).mended_by(step="data")
