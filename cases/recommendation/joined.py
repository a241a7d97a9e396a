"""A table of interactions that was joined with one of items: the columns in which all lines of an item say the same."""

from __future__ import annotations

from cases.ingest.tables.records import Records
from cases.labels import plain


def said(records: Records, item: int, column: int) -> dict[str, str] | None:
    """Item → its cell in this column, of those that say anything; None where two lines of an item differ.

    Empty as well where that proves nothing: no item comes twice, or all items say the same.
    """
    known: dict[str, str] = {}
    repeated = False
    for name, cell in zip(records.column(item), records.column(column), strict=True):
        if not (name and cell):
            continue
        if name not in known:
            known[name] = cell
        elif known[name] == cell:
            repeated = True
        else:
            return None
    proven = repeated and len(set(known.values())) > 1
    return {plain(name): cell for name, cell in known.items()} if proven else {}
