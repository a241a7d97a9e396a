"""Items as a person sees them. What is special to a medium is here and nowhere else in the parts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cases
from cases.dataset import Dataset
from pages.parts import gallery
from runs import files, tokens


@dataclass(frozen=True)
class Entry:
    """One item of a list: its row in the data set, and words below it; `tone` colours the note: good, bad or ""."""

    row: int
    title: str = ""
    note: str = ""
    tone: str = ""


def show(
    dataset: Dataset,
    entries: Sequence[Entry],
    *,
    key: str,
    chosen: int | None = None,
    size: int = 112,
    on_picked: Callable[[], None] | None = None,
) -> None:
    """Many items in one element; after a click `picked(key)` says which."""
    _require_pictures(dataset)
    drawn = [
        {"id": str(e.row), "src": address(dataset, e.row), "title": e.title, "note": e.note, "tone": e.tone}
        for e in entries
    ]
    gallery.show(drawn, key=key, chosen=None if chosen is None else str(chosen), size=size, on_picked=on_picked)


def large(dataset: Dataset, row: int, *, key: str) -> None:
    """One item, as large as its place allows."""
    _require_pictures(dataset)
    gallery.show([{"id": str(row), "src": address(dataset, row)}], key=key, size=320)


def address(dataset: Dataset, row: int) -> str:
    """Where a browser finds an item; the same all day, so that it is asked for once."""
    today = int(time.time() // 86400)
    return f"/api/item?token={_token(files.home(), dataset.digest, dataset.case, today)}&row={row}"


@lru_cache(maxsize=64)
def _token(_home: Path, dataset: str, case: str, _day: int) -> str:
    return tokens.sign("dataset", dataset=dataset, case=case)


def _require_pictures(dataset: Dataset) -> None:
    medium = cases.get(dataset.case).medium
    if medium != "picture":
        raise NotImplementedError(f"Nothing draws the medium {medium!r} yet.")
