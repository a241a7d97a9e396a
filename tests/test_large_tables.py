"""Tables that memory does not hold at once: what is read is the same, and what is too much names its setting."""

from __future__ import annotations

import io

import pandas as pd
import pytest
from test_typed_tables import workbook

from cases import limits
from cases.base import UploadedFile
from cases.ingest.collection import gather
from cases.ingest.tables import encoding, records
from cases.text_analysis import text_rows
from cases.text_analysis.text_reader import WANTED, collect
from models.environment import number
from models.errors import InputError
from models.progress import QUIET

LINES = [("text", "label"), *((f"词 number {n}", "ab"[n % 2]) for n in range(6000))]


def parquet():
    buffer = io.BytesIO()
    pd.DataFrame(LINES[1:], columns=LINES[0]).to_parquet(buffer)
    return buffer.getvalue()


def separated(sign):
    return "\n".join(map(sign.join, LINES)).encode()


KINDS = {
    "t.csv": lambda: separated(","),
    "t.tsv": lambda: separated("\t"),
    "t.jsonl": lambda: pd.DataFrame(LINES[1:], columns=LINES[0]).to_json(orient="records", lines=True).encode(),
    "t.parquet": parquet,
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


@pytest.mark.parametrize("code", ["gbk", "utf-8", "utf-8-sig", "utf-16"])
def test_the_encoding_of_a_large_file_is_told_by_the_lines_that_depend_on_it(tmp_path, monkeypatch, code):
    path = tmp_path / "t.csv"
    path.write_bytes(("ascii,a\n" * 90_000 + "这家店的菜很好吃，下次还会来,b\n" * 50).encode(code))
    told = encoding.known(path.read_bytes(), path.name)
    monkeypatch.setattr(encoding, "WHOLE", 1000)
    content = encoding.telling(path)
    assert encoding.known(content, path.name) == told
    if not code.startswith("utf-16"):  # of which every line has bytes that are no ASCII, or none has
        assert len(content) < path.stat().st_size / 2


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
    with pytest.raises(InputError) as refused:
        read_table(separated(","), "t.csv")
    assert str(refused.value).endswith(f"Upload less data, or ask the administrator to raise {variable}.")


@pytest.mark.parametrize("wrong", ["many", "-1", "nan", "inf"])
def test_a_limit_that_is_no_number_is_logged_and_not_taken(monkeypatch, caplog, wrong):
    monkeypatch.setenv(limits.LINES, wrong)
    assert limits.lines() == 2_000_000 and limits.LINES in caplog.text
    monkeypatch.setenv(limits.LINES, "7")
    assert limits.lines() == 7 == number(limits.LINES, 3)
