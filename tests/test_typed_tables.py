"""Excel and Parquet are tables too, and say what a person sees in them."""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from contextlib import suppress

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_text_tables import cells, told

from models.errors import InputError


def workbook(*sheets):
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(buffer)
    return buffer.getvalue()


def test_a_workbook_shows_what_its_cells_show(read_table):
    day = datetime.datetime(2024, 5, 1)
    rows = [["text", "label", "day"], ["good", 1.0, day], ["bad", 0.5, day.replace(hour=9)], [None], ["=1+1", True]]
    table = read_table(workbook(("Empty", []), ("Texts", rows)), "texts.xlsx")
    assert cells(table) == [
        (1, "text", "label", "day"), (2, "good", "1", "2024-05-01"), (3, "bad", "0.5", "2024-05-01 09:00:00"),
        (5, "", "True"),
    ]  # fmt: skip
    assert told(table) == "“texts.xlsx” has 2 sheets; “Texts” was read."


@pytest.mark.parametrize("content", [b"PK\3\4 and no more", b"text,label\n", b"\xd0\xcf\x11\xe0" + bytes(600)])
def test_what_is_no_workbook_is_refused(read_table, content):
    with pytest.raises(InputError) as refused:
        read_table(content, "texts.xlsx")
    assert str(refused.value) == (
        "“texts.xlsx” cannot be read as an Excel workbook. An XLSX workbook with one row per example is needed. Save "
        "it as XLSX without a password, or as CSV."
    )


def test_a_workbook_that_unpacks_to_too_much_is_refused(read_table):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(60_000_000))
    with pytest.raises(InputError, match=r"unpacks to [\d,]+ times its size, like a zip bomb"):
        read_table(buffer.getvalue(), "texts.xlsx")


def test_parquet_is_a_table_with_headings(read_table, tmp_path):
    frame = pd.DataFrame({"text": ["good", "bad", None], "label": [1.0, None, 0.0], "tags": [["a"], None, ["b"]]})
    frame.to_parquet(tmp_path / "made.parquet")
    table = read_table((tmp_path / "made.parquet").read_bytes(), "texts.parquet")
    assert table.headings == ("text", "label", "tags")
    assert cells(table) == [(1, "good", "1", '["a"]'), (2, "bad", "", ""), (3, "", "0", '["b"]')]
    assert told(table) == "“texts.parquet” read as Parquet."


def test_parquet_of_the_library_datasets_has_the_names_of_its_classes(read_table, tmp_path):
    features = {"info": {"features": {"label": {"names": ["neg", "pos"], "_type": "ClassLabel"}, "text": {}}}}
    made = pa.table({"text": ["good", "bad"], "label": [1, 0]})
    pq.write_table(made.replace_schema_metadata({"huggingface": json.dumps(features)}), tmp_path / "m.parquet")
    assert cells(read_table((tmp_path / "m.parquet").read_bytes(), "m.parquet")) == [
        (1, "good", "pos"),
        (2, "bad", "neg"),
    ]


def test_damaged_parquet_is_refused(read_table):
    with pytest.raises(InputError) as refused:
        read_table(b"PAR1" + bytes(100), "texts.parquet")
    assert str(refused.value) == (
        "“texts.parquet” cannot be read as Parquet. A Parquet file with one row per example is needed. Write it again, "
        "for example with pandas' to_parquet, or save it as CSV."
    )


@pytest.mark.filterwarnings("ignore")
def test_broken_bytes_never_stop_the_reading(read_table, tmp_path):
    """Whatever the libraries raise on shaken bytes is a refusal that a person can read."""
    frame = pd.DataFrame({"text": ["good", "bad, very", "三"] * 9, "label": [1.5, None, 1.0] * 9})
    random = np.random.default_rng(0)
    for name, write in (("t.xlsx", frame.to_excel), ("t.parquet", frame.to_parquet), ("t.json", frame.to_json)):
        write(tmp_path / name)
        whole = np.frombuffer((tmp_path / name).read_bytes(), np.uint8)
        for _ in range(60):
            shaken = whole.copy()
            shaken[random.integers(0, len(whole), 4)] = random.integers(0, 255, 4)
            with suppress(InputError):
                read_table(shaken.tobytes(), name)
