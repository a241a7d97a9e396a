"""Parquet, as a table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cases import limits
from cases.ingest.tables.records import Record
from cases.ingest.tables.table import Table, packed, refuse_cells, refuse_lines, shown, too_large
from models.errors import N_, InputError

_AT_ONCE = 5000, 500_000  # rows, cells
_BYTES_AT_ONCE = 4 * 10**6  # as Python has them they take many times as much
_BUFFER = 2**20  # bytes that are read at once of each column, where all of a group of rows would be
_IN_TEXT = "BYTE_ARRAY"  # Parquet's own name for values of any length
_NO_PYTHON = (OverflowError, ValueError, LookupError)  # a date after the year 9999, a zone that nobody knows


def read(path: Path, name: str, most: int) -> Table:
    """See `tables.read`. Numbers that stand for names, as the library `datasets` keeps classes, become the names.

    A few bytes can stand for gigabytes, since a value that is there often is kept once. So sizes that the file
    declares are summed before anything is read, such values stay where they are, and each batch is measured first.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            _refuse_vast(file, name, most)
            schema = file.schema_arrow
        with pq.ParquetFile(path, read_dictionary=_of_any_length(file), pre_buffer=False, buffer_size=_BUFFER) as file:
            names = _class_names(schema.metadata or {})
            records, _ = packed(_records(file, names, name), name, most, path.parent)
    except MemoryError:  # Arrow's own is one too, and says nothing of the file
        raise
    except (pa.ArrowException, OSError, ValueError, RecursionError):
        raise InputError(
            found=N_("“{name}” cannot be read as Parquet."),
            expected=N_("A Parquet file with one row per example is needed."),
            remedy=N_("Write it again, for example with pandas' to_parquet, or save it as CSV."),
            name=name,
        ) from None
    note = {"message": N_("“{table}” read as Parquet."), "args": {"table": name}}
    return Table(name, records.packed(), note, records.width, headings=tuple(schema.names))


def _refuse_vast(file: Any, name: str, most: int) -> None:
    """By what the file says of itself: lines, values, and the bytes of those that are all of one width."""
    told = file.metadata
    if told.num_rows > most:
        raise refuse_lines(name, most)
    chunks = [told.row_group(group).column(column)
              for group in range(told.num_row_groups) for column in range(told.num_columns)]  # fmt: skip
    if sum(chunk.num_values for chunk in chunks) > limits.cells():
        raise refuse_cells(name)
    widths = [file.schema.column(column).length for column in range(told.num_columns)]
    fixed = sum(max(0, width) * told.num_rows for width in widths)
    if max(fixed, sum(chunk.total_uncompressed_size for chunk in chunks)) > 2 * limits.table_bytes():
        raise too_large(name)


def _of_any_length(file: Any) -> list[str]:
    columns = (file.schema.column(column) for column in range(len(file.schema)))
    return [column.path for column in columns if column.physical_type == _IN_TEXT]


def _records(file: Any, names: dict[str, list[str]], name: str) -> Iterator[Record]:
    line = 0
    for batch in _batches(file, name):
        columns = [[_shown(value, names.get(column.name)) for value in _values(values)]
                   for column, values in zip(batch.schema, batch.columns, strict=True)]  # fmt: skip
        for cells in zip(*columns, strict=True):
            line += 1
            if any(cells):
                yield Record(line, cells)


def _batches(file: Any, name: str) -> Iterator[Any]:
    """Rows in numbers that take little memory."""
    rows, cells = _AT_ONCE
    size, largest = 0, limits.table_bytes()
    for batch in file.iter_batches(max(1, min(rows, cells // max(1, len(file.schema))))):
        here = sum(map(_bytes_of, batch.columns))
        size += here
        if size > largest:
            raise too_large(name)
        few = max(1, len(batch) * _BYTES_AT_ONCE // max(here, _BYTES_AT_ONCE))
        yield from (batch.slice(start, few) for start in range(0, len(batch), few))


def _bytes_of(values: Any) -> int:
    """What they take once each stands for itself."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if pa.types.is_dictionary(kind):
        lengths = pc.binary_length(values.dictionary)
        return pc.sum(lengths.take(values.indices)).as_py() or 0
    if pa.types.is_map(kind):
        return _bytes_of(values.keys) + _bytes_of(values.items)
    if pa.types.is_nested(kind):
        parts = values.flatten()
        return sum(map(_bytes_of, parts)) if pa.types.is_struct(kind) else _bytes_of(parts)
    return values.nbytes


def _values(values: Any) -> list[Any]:
    """As Python has them; a value that is there often is made once."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(values.type):
        used = pc.unique(values.indices).drop_null()
        made = dict(zip(used.to_pylist(), values.dictionary.take(used).to_pylist(), strict=True))
        return [None if index is None else made[index] for index in values.indices.to_pylist()]
    try:
        return values.to_pylist()
    except _NO_PYTHON:
        return [_value(one) for one in values]


def _value(one: Any) -> Any:
    """What Python cannot hold is told by its number and its kind, so that nobody takes it for a number."""
    try:
        return one.as_py()
    except _NO_PYTHON:
        return f"{one.value} {one.type}" if hasattr(one, "value") else f"? {one.type}"


def _shown(value: Any, names: list[str] | None) -> str:
    if names and isinstance(value, int) and 0 <= value < len(names):
        return names[value]
    return shown(json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) else value)


def _class_names(metadata: dict[bytes, bytes]) -> dict[str, list[str]]:
    """Column → the names of its classes, where the library `datasets` wrote the file."""
    try:
        features = json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"]
        return {
            name: [str(one) for one in feature["names"]] for name, feature in features.items() if "names" in feature
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
