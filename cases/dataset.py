"""What was read from an upload: samples, classes, and what was set aside."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

SPLITS = ("train", "validation", "test")
LEFT_OUT = "left_out"  # the split of a sample that a person took out


@dataclass(frozen=True)
class Dataset:
    """A folder made once and never changed: `samples.parquet`, `set_aside.parquet`, `facts.json`, `files/`.

    `samples` has the columns name, file (within `files/`), label, split ("" where the split is ours to
    make) and what the case adds; its row number is the sample's id. `set_aside` has name and reason.
    `edits` are laid over the samples: row → the label it has now, None where it is left out.
    `targets`: what the labels are, see `cases.base.Task`.
    """

    folder: Path
    digest: str
    case: str
    name: str
    classes: tuple[str, ...]
    edits: Mapping[int, str | None] = field(default_factory=dict)
    targets: str = "classes"

    @classmethod
    def open(cls, folder: Path, edits: Mapping[int, str | None] | None = None) -> Dataset:
        facts = json.loads((folder / "facts.json").read_text("utf-8"))
        dataset = cls(folder, facts["digest"], facts["case"], facts["name"], tuple(facts["classes"]), edits or {},
                      facts.get("targets", "classes"))  # fmt: skip
        return dataset._with_its_classes() if edits and dataset.classes else dataset

    def _with_its_classes(self) -> Dataset:
        """An edit can bring a new class, or take the last sample of an old one."""
        return replace(self, classes=tuple(sorted(self.kept["label"].unique())))

    def meant_as(self, targets: str) -> Dataset:
        """The same with labels that are taken for classes, or for texts."""
        return self if targets == self.targets else replace(self, targets=targets)

    def save(self, samples: pd.DataFrame, set_aside: pd.DataFrame, notes: Sequence[dict[str, Any]] = ()) -> None:
        """`notes` are what a person should know of how it was read: messages and their arguments."""
        samples.to_parquet(self.folder / "samples.parquet")
        set_aside.to_parquet(self.folder / "set_aside.parquet")
        facts = {name: getattr(self, name) for name in ("digest", "case", "name", "classes", "targets")}
        facts["notes"] = list(notes)
        (self.folder / "facts.json").write_text(json.dumps(facts, ensure_ascii=False), "utf-8")

    @cached_property
    def samples(self) -> pd.DataFrame:
        """With the edits laid over; a sample left out keeps its row and has the split `LEFT_OUT`."""
        table = self.as_read.copy()
        labels = {row: label for row, label in self.edits.items() if label is not None and row in table.index}
        gone = [row for row, label in self.edits.items() if label is None and row in table.index]
        table.loc[list(labels), "label"] = list(labels.values())
        table.loc[gone, "split"] = LEFT_OUT
        return table

    @property
    def kept(self) -> pd.DataFrame:
        """The samples that are not left out."""
        return self.samples[self.samples["split"] != LEFT_OUT]

    @cached_property
    def as_read(self) -> pd.DataFrame:
        """The samples without the edits."""
        return pd.read_parquet(self.folder / "samples.parquet")

    @property
    def set_aside(self) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "set_aside.parquet")

    @property
    def notes(self) -> list[dict[str, Any]]:
        return json.loads((self.folder / "facts.json").read_text("utf-8")).get("notes", [])

    def file(self, relative: str) -> Path:
        return self.folder / "files" / relative
