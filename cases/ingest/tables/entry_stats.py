"""What the entries of a table's columns look like, as far as it tells texts, classes and numbers apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from cases.ingest.tables.records import Record

_LOOKED_AT = 2000  # lines
_MOST_REPEATING = 1000  # kinds of entries; a column of more holds no classes


@dataclass(frozen=True)
class EntryStats:
    """What the entries of one column look like."""

    number: int
    words: float  # of an entry, on average; an address or a date is one, a Chinese character too
    kinds: int
    filled: int
    numeric: bool

    @property
    def repeats(self) -> bool:
        return 1 < self.kinds <= _MOST_REPEATING and 2 * self.kinds <= self.filled


def looks_of(records: Sequence[Record], width: int) -> list[EntryStats]:
    """Describe each of the `width` columns by at most 2,000 of its lines."""
    some = records if len(records) <= _LOOKED_AT else Random(0).sample(records, _LOOKED_AT)
    found = []
    for column in range(width):
        entries = [entry for record in some if (entry := record.cell(column))]
        filled = max(len(entries), 1)
        numeric = bool(entries) and 10 * sum(map(is_number, entries)) >= 9 * len(entries)
        words = sum(map(words_of, entries)) / filled
        found.append(EntryStats(column, words, len(set(entries)), len(entries), numeric))
    return found


def words_of(entry: str) -> int:
    return len(entry.split()) + sum(character >= "\u3041" for character in entry)


def is_number(entry: str) -> bool:
    """Say whether Python reads the entry as a number."""
    try:
        float(entry)
    except ValueError:
        return False
    return True
