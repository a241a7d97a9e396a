"""What tables without headings look like, as MovieLens has them: `u.data`, `u.item`, `ratings.dat`, `movies.dat`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cases.ingest.tables.records import Record
from cases.ranking import timestamps

NUMBER = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?")
GENRES = (  # the last columns of u.item, in the order of the file u.genre beside it
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
    "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
WIDTH = 5 + len(GENRES)  # id, title, two dates, address, a 0 or 1 for each genre


def items(records: Sequence[Record], width: int) -> dict[str, int]:
    """Role → column where every line is another item and says more of it than numbers; else nothing."""
    if width < 2:
        return {}
    names = [record.cell(0) for record in records]
    titles = [record.cell(1) for record in records]
    wordy = sum(not NUMBER.fullmatch(title) and not timestamps.is_time(title) for title in titles)
    if len(set(names)) < len(names) or 2 * wordy < len(titles) or len(set(titles)) < 0.9 * len(titles):
        return {}
    if is_flagged(records, width):
        return {"id": 0, "title": 1, "genres": 5}
    return {"id": 0, "title": 1, **({"genres": 2} if width > 2 else {})}


def is_flagged(records: Sequence[Record], width: int) -> bool:
    """Whether the table has a column of 0 and 1 for each genre, as u.item has."""
    return width == WIDTH and all(set(record.cells[5:]) <= {"0", "1", "0\n", "1\n"} for record in records)


def genres(record: Record) -> str:
    """Those that a line of u.item flags."""
    return "|".join(name for name, flag in zip(GENRES, record.cells[5:], strict=True) if flag.strip() == "1")


def are_times(values: Sequence[str]) -> bool:
    there = [value for value in values if value]
    return bool(there) and sum(map(timestamps.is_time, there)) > 0.9 * len(there)
