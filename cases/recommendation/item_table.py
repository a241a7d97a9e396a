"""What a table tells of items: title, genres and what else is written about each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from cases.ingest.archives import SetAside
from cases.ingest.collection import SourceFile
from cases.ingest.tables.records import Record
from cases.ingest.tables.table import Table
from cases.labels import plain
from cases.recommendation import joined, movielens
from cases.recommendation.columns import BESIDE, Roles
from models.errors import N_

COLUMNS = ("id", "title", "genres", "text", "year", "image")
NO_GENRES = {"(no genres listed)", "unknown", "none", "nan"}
MOST_GENRES = 8  # of an item
MOST_CHARACTERS = 1000  # of what is written about an item
_BETWEEN = re.compile(r"[|,;/、，；]")
_AROUND = " []'\"{}()"
_ADDRESS = re.compile(r"https?://\S+")
_YEAR = re.compile(r"(?<!\d)((?:1[5-9]|20)\d\d)(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))?(?!\d)")  # also of 19951122
_PICTURE = re.compile(r"https?://[^\s\"'<>\\]{1,500}|[^:*?\"<>|\\\x00-\x1f]{1,200}\.(?:jpe?g|png|webp)", re.IGNORECASE)


def items(found: SourceFile, table: Table, which: Roles, aside: list[SetAside]) -> pd.DataFrame:
    """The columns `COLUMNS`; lines that say nothing, or name an item again, are set aside with their reason."""
    flagged = movielens.is_flagged(which.records[:100], len(which.headings)) and not any(which.headings)
    wordy = _wordy(which)
    rows = []
    titles: dict[str, str] = {}
    for record in which.records:
        cells = {role: record.cell(choice.column) for role, choice in which.found.items()}
        cells["id"] = plain(cells["id"])
        if flagged:
            cells["genres"] = movielens.genres(record)
        reason = _why_useless(cells, titles)
        if reason:
            aside.append(SetAside(table.place(record.line, " ".join(record.cells)), reason))
            continue
        titles[cells["id"]] = cells.get("title", "")
        rows.append(_row(cells, which, *(record.cell(column) for column in wordy)))
    aside.extend(SetAside(table.place(line.line, line.text), line.reason) for line in table.broken)
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")


def beside(which: Roles, had: Iterable[str]) -> pd.DataFrame:
    """The same of the items `had`, as far as a table of interactions tells it."""
    told: dict[str, Mapping[str, str]] = {
        role: joined.said(which.records, which.found["item"].column, which.found[role].column) or {}
        for role in BESIDE if role in which.found
    }  # fmt: skip
    cells = [{"id": item} | {role: said.get(item, "") for role, said in told.items()} for item in dict.fromkeys(had)]
    rows = [_row(one, which) for one in cells if any(one[role] for role in told)]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")


def _row(cells: Mapping[str, str], which: Roles, *more: str) -> tuple[str, ...]:
    """A line by `COLUMNS`; `more`: what else is written about the item."""
    genres = cells.get("genres", "")
    if "genres" in which.found and which.found["genres"].column in which.spaced:
        genres = genres.replace(" ", "|")
    text = _written(cells.get("text", ""), *more)
    return cells["id"], cells.get("title", ""), "|".join(parted(genres)), text, *_seen(cells)


def parted(genres: str) -> list[str]:
    """Those of one cell, whatever stands between them: `Drama|War`, `Drama, War`, `['Drama', 'War']`."""
    words = [word.strip(_AROUND) for word in _BETWEEN.split(genres)]
    return list(dict.fromkeys(word for word in words if word and word.lower() not in NO_GENRES))[:MOST_GENRES]


def text_of(title: str, genres: str, text: str) -> str:
    """What a language model reads of an item; "" where nothing is known."""
    return ". ".join(part for part in (title, genres.replace("|", ", "), text) if part)


def named(title: str, identity: str) -> str:
    """An item in a table of answers: people know its title, programs its id."""
    return f"{title} ({identity})" if title and title != identity else identity


def _why_useless(cells: dict[str, str], titles: dict[str, str]) -> str | None:
    if not cells["id"]:
        return N_("No item.")
    if cells["id"] in titles:
        same = titles[cells["id"]] == cells.get("title", "")
        return N_("An earlier line describes the same item.") if same else N_(
            "An earlier line gives the item another title.")  # fmt: skip
    return None


def _seen(cells: Mapping[str, str]) -> tuple[str, str]:
    """The year, and the address of a picture or the name of its file; "" where a cell holds none."""
    year, picture = _YEAR.search(cells.get("year", "")), _PICTURE.fullmatch(cells.get("image", "").strip())
    return (year[1] if year else "", picture[0] if picture else "")


def _wordy(which: Roles) -> list[int]:
    """Columns of no role in which most entries hold words."""
    if not any(which.headings):
        return []
    taken = {choice.column for choice in which.found.values()}
    return [
        column for column in range(len(which.headings)) if column not in taken and _holds_words(which.records, column)
    ]


def _holds_words(records: Sequence[Record], column: int) -> bool:
    some = [record.cell(column) for record in records[:1000]]
    wordy = sum(bool(re.search(r"[^\W\d_]{2}", _ADDRESS.sub("", text))) for text in some)
    return 2 * wordy > len(some)


def _written(*told: str) -> str:
    return _ADDRESS.sub("", " ".join(" ".join(told).split())).strip()[:MOST_CHARACTERS]
