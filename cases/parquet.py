"""Parquet, as a table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cases.tables import MOST_BYTES, Record, Table, limited, refused, shown
from models.errors import N_, InputError

_AT_ONCE = 1000  # rows; a value that is there often takes its full size only now


def read(path: Path, name: str, most: int) -> Table:
    """See `tables.read`. Numbers that stand for names, as the library `datasets` keeps classes, become the names."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            names = _class_names(schema.metadata or {})
            records = list(limited(_records(file, names, name), name, most))
    except (pa.ArrowException, OSError, ValueError):
        raise InputError(
            found=N_("“{name}” cannot be read as Parquet."),
            expected=N_("A Parquet file with one line for each item is needed."),
            remedy=N_("Write it again, for example with to_parquet of pandas, or save it as CSV."),
            name=name,
        ) from None
    note = {"message": N_("“{table}” was read as Parquet."), "args": {"table": name}}
    return Table(name, records, note, headings=tuple(schema.names))


def _records(file: Any, names: dict[str, list[str]], name: str) -> Iterator[Record]:
    line = size = 0
    for batch in file.iter_batches(_AT_ONCE):
        columns = [[_shown(value, names.get(column.name)) for value in values.to_pylist()]
                   for column, values in zip(batch.schema, batch.columns, strict=True)]  # fmt: skip
        for cells in zip(*columns, strict=True):
            line, size = line + 1, size + sum(map(len, cells))
            if any(cells):
                yield Record(line, cells)
        if size > MOST_BYTES:
            raise refused(name, N_("The table “{name}” is larger than {limit} MB."), limit=MOST_BYTES // 10**6)


def _shown(value: Any, names: list[str] | None) -> str:
    if names and isinstance(value, int) and 0 <= value < len(names):
        return names[value]
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) else shown(value)


def _class_names(metadata: dict[bytes, bytes]) -> dict[str, list[str]]:
    """Column → the names of its classes, where the library `datasets` wrote the file."""
    try:
        features = json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"]
        return {
            name: [str(one) for one in feature["names"]] for name, feature in features.items() if "names" in feature
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
