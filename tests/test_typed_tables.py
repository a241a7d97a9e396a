"""Excel and Parquet are tables too; and tables that memory does not hold at once are read as if it did."""

from __future__ import annotations

import datetime
import io
import json
import zipfile

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_text_tables import cells, told

from cases.base import UploadedFile
from cases.ingest.collection import gather
from cases.ingest.tables import records
from cases.text_analysis import text_rows
from cases.text_analysis.text_reader import WANTED, collect
from models.errors import InputError
from models.progress import QUIET


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
    assert "2 sheets; “Texts” was read." in told(table)


@pytest.mark.parametrize(("content", "name"), [
    (b"PK\3\4 and no more", "t.xlsx"), (b"text,label\n", "t.xlsx"), (b"\xd0\xcf\x11\xe0" + bytes(600), "t.xlsx"),
    (b"PAR1" + bytes(100), "t.parquet"),
])  # fmt: skip
def test_what_is_no_workbook_or_no_parquet_is_refused(read_table, content, name):
    with pytest.raises(InputError, match=f"cannot be read as {'an Excel workbook' if 'x' in name else 'Parquet'}"):
        read_table(content, name)


def test_a_workbook_that_unpacks_to_too_much_is_refused(read_table):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(60_000_000))
    with pytest.raises(InputError, match=r"unpacks to [\d,]+ times its size, like a zip bomb"):
        read_table(buffer.getvalue(), "texts.xlsx")


def test_parquet_is_a_table_with_headings_and_with_the_names_of_its_classes_where_it_has_them(read_table, tmp_path):
    frame = pd.DataFrame({"text": ["good", "bad", None], "label": [1.0, None, 0.0], "tags": [["a"], None, ["b"]]})
    frame.to_parquet(tmp_path / "made.parquet")
    table = read_table((tmp_path / "made.parquet").read_bytes(), "texts.parquet")
    assert table.headings == ("text", "label", "tags")
    assert cells(table) == [(1, "good", "1", '["a"]'), (2, "bad", "", ""), (3, "", "0", '["b"]')]
    assert told(table) == "“texts.parquet” read as Parquet."
    features = {"info": {"features": {"label": {"names": ["neg", "pos"], "_type": "ClassLabel"}, "text": {}}}}
    made = pa.table({"text": ["good", "bad"], "label": [1, 0]})
    pq.write_table(made.replace_schema_metadata({"huggingface": json.dumps(features)}), tmp_path / "m.parquet")
    read = read_table((tmp_path / "m.parquet").read_bytes(), "m.parquet")
    assert cells(read) == [(1, "good", "pos"), (2, "bad", "neg")]


# Tables that memory does not hold at once

LINES = [("text", "label"), *((f"词 number {n}", "ab"[n % 2]) for n in range(3000))]
FRAME = pd.DataFrame(LINES[1:], columns=LINES[0])


def separated(sign):
    return "\n".join(map(sign.join, LINES)).encode()


KINDS = {
    "t.csv": lambda: separated(","),
    "t.tsv": lambda: separated("\t"),
    "t.jsonl": lambda: FRAME.to_json(orient="records", lines=True).encode(),
    "t.parquet": FRAME.to_parquet,
    "t.xlsx": lambda: workbook(("one", LINES[:2000])),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_table_that_memory_does_not_hold_is_read_as_if_it_did(read_table, monkeypatch, tmp_path, name):
    content = KINDS[name]()
    whole = read_table(content, name)
    monkeypatch.setattr(records, "HELD", 100)
    table = read_table(content, name)
    assert [*table.records] == [*whole.records] and len(table.records) >= 1999
    assert [*table.records[1500:].column(0)] == [*whole.records[1500:].column(0)]
    assert table.records[-1] == whole.records[-1]
    assert (table.note, table.headings, table.widest) == (whole.note, whole.headings, whole.widest)
    assert [path.name for path in tmp_path.glob("*") if path.is_file()] == [name]  # what was put aside has no name


def test_texts_are_the_same_in_whatever_numbers_they_are_packed(monkeypatch, tmp_path):
    shops = [("shop", *(["a", "", "b"][n % 3] for n in range(40)))]
    rows = [",".join(line) for line in zip(*zip(*LINES[:41], strict=True), *shops, strict=True)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(rows), "utf-8")
    seen = []
    for at_once in (text_rows.AT_ONCE, 7):
        monkeypatch.setattr(text_rows, "AT_ONCE", at_once)
        seen.append(_texts(path, tmp_path / str(at_once)))
    pd.testing.assert_frame_equal(seen[0][0], seen[1][0])
    pd.testing.assert_frame_equal(seen[0][1], seen[1][1])
    assert len(seen[0][0]) == 40 and [*seen[0][1]["shop"][:3]] == ["a", "", "b"]


def _texts(path, folder):
    found = collect(gather([UploadedFile(path, path.name)], folder, WANTED, QUIET), {}, QUIET).samples
    return found.table(folder), found.metadata()


@pytest.mark.parametrize(("variable", "told"), [
    ("CASEBOOK_READ_LINES", "100"), ("CASEBOOK_READ_CELLS", "150"), ("CASEBOOK_READ_TABLE", "0.05"),
])  # fmt: skip
def test_a_table_beyond_a_limit_names_the_variable_that_sets_it(read_table, monkeypatch, variable, told):
    monkeypatch.setenv(variable, told)
    with pytest.raises(InputError, match=f"administrator to raise {variable}"):
        read_table(separated(","), "t.csv")
