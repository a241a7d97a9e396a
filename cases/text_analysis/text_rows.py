"""Texts as they are read, packed: as objects of Python a million of them would take gigabytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from cases.ingest.tables import metadata

AT_ONCE = 20_000  # rows that are objects until they are packed
COLUMNS = ("name", "label", "split", "text")


class TextRows:
    """Takes texts with their classes one after the other. `paths`: row → the file of a text that has one of its own."""

    def __init__(self) -> None:
        self.paths: dict[int, Path] = {}
        self._metadata = metadata.Packing()
        self._packed: list[pd.DataFrame] = []
        self._some: list[tuple[str, ...]] = []

    def __len__(self) -> int:
        return len(self._packed) * AT_ONCE + len(self._some)

    def add(
        self, name: str, label: str, split: str, text: str, said: Mapping[str, str] = {}, path: Path | None = None
    ) -> None:
        """`said`: what else a table says of it, see `metadata.said`."""
        if path is not None:
            self.paths[len(self)] = path
        self._metadata.add(said)
        self._some.append((name, label, split, text))
        if len(self._some) == AT_ONCE:
            self._packed.append(self._frame())
            self._some = []

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Name and text of each."""
        for frame in (*self._packed, self._frame()):
            yield from zip(frame["name"], frame["text"], strict=True)

    def table(self, files: Path) -> pd.DataFrame:
        """The columns name, file (within `files`, "" for none), label, split and text."""
        parts = [*self._packed, self._frame()] if self._some or not self._packed else self._packed
        table = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
        own = {row: path.relative_to(files).as_posix() for row, path in self.paths.items()}
        table.insert(1, "file", [own.get(row, "") for row in range(len(table))])
        return table

    def metadata(self) -> pd.DataFrame:
        """What tables say of each besides; see `metadata.table`."""
        return self._metadata.table()

    def _frame(self) -> pd.DataFrame:
        return pd.DataFrame(self._some, columns=[*COLUMNS])
