"""Small tables that stand for very large ones, or that go wrong at every line: refused or read, and never at length."""

from __future__ import annotations

import datetime
import io
import json
import resource
import sys
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_text_tables import cells, told
from test_typed_tables import workbook

from cases.ingest.tables import MOST_COLUMNS
from models.errors import InputError

MB = 2**20


def grown() -> int:
    """The most memory this process ever took, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def parquet(columns, *, typed=False):
    """`typed`: with the types of Arrow besides those of Parquet."""
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, store_schema=typed)
    return buffer.getvalue()


def often(value, times=1000):
    """One value, kept once."""
    return pa.DictionaryArray.from_arrays(pa.array([0] * times, pa.int32()), pa.array([value]))


TEXTS = often("x" * MB)


@pytest.mark.parametrize("column", [
    TEXTS, often(b"x" * MB), pa.ListArray.from_arrays([0, 1000], TEXTS), pa.StructArray.from_arrays([TEXTS], ["a"]),
    pa.MapArray.from_arrays([0, 1000], pa.array(map(str, range(1000))), TEXTS),
], ids=["texts", "bytes", "a list", "structs", "a map"])  # fmt: skip
def test_a_value_of_parquet_that_is_there_often_is_not_made_as_often(read_table, column, monkeypatch):
    content = parquet({"text": column})
    assert len(content) < MB
    monkeypatch.setenv("CASEBOOK_READ_TABLE", "200")
    before = grown()
    with pytest.raises(InputError, match="is larger than 200 MB"):
        read_table(content, "t.parquet")
    assert grown() - before < 100 * MB


def test_parquet_that_repeats_what_is_small_or_has_deep_notes_is_read(read_table):
    table = read_table(parquet({"text": ["good", None, "bad"] * 4000, "n": [[1], None, []] * 4000}), "t.parquet")
    assert len(table.records) == 8_000  # empty lines are left out
    assert cells(table)[:3] == [(1, "good", "[1]"), (3, "bad", "[]"), (4, "good", "[1]")]
    made = pa.table({"text": ["good"]}).replace_schema_metadata({"huggingface": "[" * 100_000})
    buffer = io.BytesIO()
    pq.write_table(made, buffer)
    assert cells(read_table(buffer.getvalue(), "t.parquet")) == [(1, "good")]


def test_parquet_that_has_too_much_is_refused_before_it_is_read(read_table, monkeypatch):
    monkeypatch.setenv("CASEBOOK_READ_LINES", "1000000")
    with pytest.raises(InputError, match="has more than 1,000,000 lines"):
        read_table(parquet({"n": pa.nulls(1_000_001)}), "t.parquet")
    monkeypatch.setenv("CASEBOOK_READ_CELLS", "1000")
    with pytest.raises(InputError, match="has more than 1,000 cells"):
        read_table(parquet({"n": [[0] * 2000]}), "t.parquet")
    monkeypatch.setenv("CASEBOOK_READ_TABLE", "1")
    with pytest.raises(InputError, match="is larger than 1 MB"):
        read_table(parquet({"text": pa.array([bytes(4096)] * 1000, pa.binary(4096))}), "t.parquet")


@pytest.mark.parametrize(("kind", "value", "zero"), [
    (pa.date32(), 2**31 - 1, "1970-01-01"), (pa.timestamp("ms"), 2**62, "1970-01-01"),
    (pa.timestamp("us", "UTC"), 2**62, None), (pa.duration("ms"), 2**62, "0:00:00"),
    (pa.time64("us"), 2**62, "00:00:00"), (pa.timestamp("ms", "No/Where"), 2**62, "0 timestamp[ms, tz=No/Where]"),
], ids=str)  # fmt: skip
def test_a_time_of_parquet_that_no_calendar_has_is_shown_as_its_number(read_table, kind, value, zero):
    table = read_table(parquet({"when": pa.array([value, 0], kind)}, typed=True), "t.parquet")
    read = [record.cell(0) for record in table.records]
    assert read[0] == f"{value} {kind}" and zero in (read[1], None)


@pytest.mark.parametrize("line", ['a",",\n', 'a,"b\n', '"","x\n'])
def test_a_table_whose_every_line_swallows_the_rest_is_refused(read_table, line):
    with pytest.raises(InputError, match="a quotation mark is never closed"):
        read_table(line * 20_000, "t.csv")


def test_broken_lines_count_towards_the_lines_that_a_table_may_have(read_table, monkeypatch):
    monkeypatch.setenv("CASEBOOK_READ_LINES", "50")
    with pytest.raises(InputError, match="has more than 50 lines"):
        read_table("text,label\n" + '"x"y,1\ngood,1\n' * 26, "t.csv")


@pytest.mark.parametrize("name, content", [
    ("t.csv", "text,label\n" + "Очень хорошее место,1\n" * 40_000),
    ("t.parquet", parquet({"n": list(range(10**18, 10**18 + 60_000))})),
])  # fmt: skip
def test_what_grows_beyond_what_cells_may_hold_when_it_is_read_is_refused(read_table, monkeypatch, name, content):
    monkeypatch.setenv("CASEBOOK_READ_TABLE", "1")
    monkeypatch.setattr("cases.ingest.tables.table.GROWN", 1)
    content = content if isinstance(content, bytes) else content.encode("cp1251")
    assert len(content) < MB
    with pytest.raises(InputError, match="hold more than 1 MB of text"):
        read_table(content, name)


def test_of_too_many_columns_the_first_are_read_and_it_is_said(read_table):
    lines = [json.dumps({"text": f"text {line}", f"key {line}": 1}) for line in range(3000)]
    table = read_table("\n".join(lines), "t.jsonl")
    assert len(table.records) == 3000 and table.width == MOST_COLUMNS == 1000
    (warning,) = table.warnings
    assert "only the first 1,000 were read" in warning["message"].format(**warning["args"])
    assert table.headings[:2] == ("text", "key 0")
    assert sum(len(record.cells) for record in table.records) < 1_000_000
    wide = read_table(",".join(f"c{number}" for number in range(1200)) + "\n" + "1," * 1199 + "1\n", "t.csv")
    assert (wide.width, len(wide.warnings)) == (MOST_COLUMNS, 1)
    inner = {str(number): 1 for number in range(2000)}
    table = read_table(json.dumps({"x" * 100_000: inner, "text": "good"}) + "\n", "t.jsonl")
    assert table.width == 2
    assert json.loads(table.records[0].cell(0)) == inner


def rewritten(content, name, change):
    """A workbook, one of whose files was changed by hand."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as made, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in made.namelist():
            inside = made.read(entry)
            target.writestr(entry, change(inside) if entry == name else inside)
    return buffer.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
BOOK = workbook(("Texts", [["text", "label"], ["good", "1"], ["bad", "0"]]))


@pytest.mark.parametrize("number", [b"1000000000000000", b"1048577", b"0", b"-3"])
def test_a_row_that_no_workbook_can_have_is_refused(read_table, number):
    content = rewritten(BOOK, SHEET, lambda xml: xml.replace(b'<row r="2"', b'<row r="' + number + b'"'))
    with pytest.raises(InputError, match=f"a row numbered {number.decode()}. .* numbered upwards, from 1 to 1,048,576"):
        read_table(content, "t.xlsx")


DECLARED = b'<?xml version="1.0" encoding="%s"?>'


def with_method(content, method):
    """The workbook, packed in another way as its headers say."""
    changed = bytearray(content)
    for signature, at in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        place = changed.find(signature)
        while place >= 0:
            changed[place + at : place + at + 2] = method.to_bytes(2, "little")
            place = changed.find(signature, place + 4)
    return bytes(changed)


@pytest.mark.parametrize("content", [
    *(with_method(BOOK, method) for method in (1, 9, 12, 14, 93, 99)),
    *(rewritten(BOOK, SHEET, lambda xml, name=name: DECLARED % name + xml)
      for name in (b"no-such", b"utf-7", b"big5", b"zlib_codec", b"idna")),
    rewritten(BOOK, "xl/workbook.xml", lambda xml: b"<?xml version='1.0' encoding='no-such'?>" + xml),
    rewritten(BOOK, "xl/workbook.xml", lambda xml: b"<a>" * 100_000),
    rewritten(BOOK, "xl/styles.xml", lambda xml: b"<styleSheet/>"),
    rewritten(BOOK, SHEET, lambda xml: xml.replace(b'r="A2"', b'r="2A"')),
    rewritten(BOOK, SHEET, lambda xml: xml.replace(b't="n"', b't="d"')),
])  # fmt: skip
def test_a_workbook_packed_or_written_in_an_odd_way_is_read_or_refused(read_table, content):
    try:
        table = read_table(content, "t.xlsx")
    except InputError as refused:
        assert str(refused).startswith("“t.xlsx” cannot be read as an Excel workbook.")
    else:
        assert table.records


def test_entities_that_grow_are_refused_and_a_date_out_of_range_is_an_error_in_its_cell(read_table):
    grow = b"<!DOCTYPE x [<!ENTITY a0 'ha'>" + b"".join(
        b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12)) + b"]>"  # fmt: skip
    row = b'<row r="9"><c r="A9" t="str"><v>&a11;</v></c></row></sheetData>'
    content = rewritten(BOOK, SHEET, lambda xml: grow + xml.replace(b"</sheetData>", row))
    with pytest.raises(InputError, match="cannot be read as an Excel workbook"):
        read_table(content, "t.xlsx")
    book = workbook(("Days", [["day"], [datetime.date(2024, 5, 1)], [datetime.date(2024, 5, 2)]]))
    content = rewritten(book, SHEET, lambda xml: xml.replace(b"<v>45413</v>", b"<v>99999999999</v>"))
    assert cells(read_table(content, "t.xlsx"))[1:] == [(2, "#VALUE!"), (3, "2024-05-02")]
    assert "“Days” was read." in told(read_table(content, "t.xlsx"))


def test_a_name_of_many_blanks_is_looked_up_at_once():
    from cases.recommendation.predict import named

    model = {"number": {}, "titled": {}, "shortened": {"heat": [3]}}
    assert named(model, "a" + " " * 300_000 + "b") == []
    assert named(model, " Heat  (1995)") == [3]
