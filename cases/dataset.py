"""What was read from an upload: samples, classes, and what was set aside."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Dataset:
    """A folder made once and never changed: `samples.parquet`, `set_aside.parquet`, `facts.json`, `files/`.

    `samples` has the columns name, file (within `files/`), label, split ("" where the split is ours to
    make) and what the case adds; its row number is the sample's id. `set_aside` has name and reason.
    """

    folder: Path
    digest: str
    case: str
    name: str
    classes: tuple[str, ...]

    @classmethod
    def open(cls, folder: Path) -> Dataset:
        facts = json.loads((folder / "facts.json").read_text("utf-8"))
        return cls(folder, **{**facts, "classes": tuple(facts["classes"])})

    def save(self, samples: pd.DataFrame, set_aside: pd.DataFrame) -> None:
        samples.to_parquet(self.folder / "samples.parquet")
        set_aside.to_parquet(self.folder / "set_aside.parquet")
        facts = {key: value for key, value in asdict(self).items() if key != "folder"}
        (self.folder / "facts.json").write_text(json.dumps(facts, ensure_ascii=False), "utf-8")

    @property
    def samples(self) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "samples.parquet")

    @property
    def set_aside(self) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "set_aside.parquet")

    def file(self, relative: str) -> Path:
        return self.folder / "files" / relative
