"""A data set as it came, with its corrections: files in the folders of their classes, or tables; excluded ones left
out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import pandas as pd

from cases.dataset import Dataset
from cases.ingest.tables import formulas

Entry = tuple[str, Path | Iterator[bytes]]  # the path within what is downloaded, and what it holds

LINES = 5000  # of a table that are written at once
LONGEST = 120  # characters of a name
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*]')
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.IGNORECASE)


def folders(dataset: Dataset) -> Iterator[Entry]:
    """A folder for each class, below folders of the parts where the data came with them."""
    used: set[str] = set()
    for row in dataset.kept.assign(split=dataset.split).itertuples():
        folder = "/".join(filter(None, (row.split, safe(str(row.label)))))
        yield _free(f"{folder}/{_named(row)}", used), dataset.file(row.file)


def beside_table(dataset: Dataset, table: str, columns: dict[str, str]) -> Iterator[Entry]:
    """All files in one folder, and a table of them.

    Args:
        table: its name.
        columns: a column of the samples → its heading.
    """
    used: set[str] = set()
    kept = dataset.kept
    paths = [_free(f"files/{_named(row)}", used) for row in kept.itertuples()]
    told = pd.DataFrame({"file": paths} | {heading: kept[name].to_numpy() for name, heading in columns.items()})
    yield table, csv(with_parts(told, dataset.split))
    for path, file in zip(paths, kept["file"], strict=True):
        yield path, dataset.file(file)


def with_parts(table: pd.DataFrame, parts: Sequence[str]) -> pd.DataFrame:
    """With the column `split` where the data came with parts."""
    return table.assign(split=list(parts)) if any(parts) else table


def csv(table: pd.DataFrame) -> Iterator[bytes]:
    """UTF-8 with the mark without which spreadsheets garble Chinese, no cell a formula; some lines at a time."""
    yield b"\xef\xbb\xbf" + table.head(0).to_csv(index=False, lineterminator="\n").encode()
    for start in range(0, len(table), LINES):
        some = formulas.guarded_table(table.iloc[start : start + LINES])
        yield some.to_csv(index=False, header=False, lineterminator="\n").encode(errors="replace")


def safe(name: str) -> str:
    """One part of a path that every file system takes and no program mistakes for a way out of its folder."""
    plain = _UNSAFE.sub("_", unicodedata.normalize("NFC", name))[:LONGEST].strip(" ")
    plain = plain.rstrip(". ") if set(plain) - {".", " "} else "_"
    plain = f"_{plain}" if plain.startswith(".") or _DEVICE.match(plain) else plain
    return plain or "_"


def _named(row: object) -> str:
    """The file's own name, with the ending of what is kept."""
    kept, own = PurePosixPath(str(row.file)), PurePosixPath(safe(str(row.name).rsplit("/", 1)[-1]))  # type: ignore[attr-defined]
    return f"{own.stem}{kept.suffix.lower()}"


def _free(path: str, used: set[str]) -> str:
    """Nothing else is called so, whatever a file system makes of capitals."""
    way, number = PurePosixPath(path), 1
    while path.lower() in used:
        number += 1
        path = str(way.with_name(f"{way.stem} ({number}){way.suffix}"))
    used.add(path.lower())
    return path
