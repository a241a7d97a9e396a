"""A data set that took more files later: its earlier items come first and keep their rows, the new ones follow."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from cases.dataset import BEFORE, FACTS, Dataset


def begin(before: Dataset | None, folder: Path) -> Path:
    """Take the files of the version `before` over into the data set that is made in `folder`, and its tables, which say
    how its items are divided. Returns the folder that new files are put into."""
    files = folder / "files"
    if before is None:
        return files
    link_all(before.folder / "files", files)
    _link_tables(before.folder, folder / BEFORE)
    return files / f"version-{len(list(chain(before))) + 1}"


def chain(dataset: Dataset) -> Iterator[Dataset]:
    """The data set, the version that it grew from, and so on back to the first."""
    one: Dataset | None = dataset
    while one is not None:
        yield one
        one = one.before


def joined(before: Dataset | None, table: pd.DataFrame) -> pd.DataFrame:
    """The samples of the version `before` as they were read, then those of `table`, in the columns that it has."""
    if before is None:
        return table
    return pd.concat([before.as_read.reindex(columns=table.columns), table], ignore_index=True)


def metadata(before: Dataset | None, table: pd.DataFrame) -> pd.DataFrame:
    """What tables say besides of the samples of the version `before`, then of new ones; "" where they say nothing."""
    if before is None:
        return table
    return pd.concat([before.metadata.astype(str), table.astype(str)], ignore_index=True).fillna("").astype("category")


def aside(before: Dataset | None, table: pd.DataFrame) -> pd.DataFrame:
    """What was set aside, then and now."""
    return table if before is None else pd.concat([before.set_aside, table], ignore_index=True)


def link(source: Path, target: Path) -> None:
    """The same bytes under another name, without a copy where the disk can do so; nothing where the target is there."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def link_all(source: Path, target: Path) -> None:
    for path in source.rglob("*"):
        if path.is_file():
            link(path, target / path.relative_to(source))


def _link_tables(source: Path, target: Path) -> None:
    """Without pixels, sounds and originals, so that what is large can be deleted with the earlier version."""
    for path in (source / FACTS, *source.glob("*.parquet")):
        link(path, target / path.name)
    link_all(source / BEFORE, target / BEFORE)
