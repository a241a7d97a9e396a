"""JSON is a table too; a broken line costs itself and no other."""

from __future__ import annotations

import csv
import io
import json

import pytest

from cases.ingest.tables.csv import NEVER_CLOSED
from cases.ingest.tables.json_list import values
from cases.ingest.tables.table import SHOWN, Broken
from cases.ingest.tables.text_files import LONGEST, TOO_LONG
from models.errors import InputError

JSON_LINES = "A table is a CSV or TSV file with one line per example. Save it as CSV in UTF-8 and upload it again."


def cells(table):
    return [(record.line, *record.cells) for record in table.records]


def told(table):
    return table.note["message"].format(**table.note["args"])


def test_a_quotation_mark_that_is_never_closed_costs_its_line_only(read_table):
    table = read_table('text,label\ngood,1\n"bad,0\nfine,1\n"a ""word"", two\nlines",1\n"end,0\n')
    assert cells(table) == [
        (1, "text", "label"), (2, "good", "1"), (4, "fine", "1"), (5, 'a "word", two\nlines', "1"),
    ]  # fmt: skip
    assert table.broken == [Broken(3, '"bad,0\n', NEVER_CLOSED), Broken(7, '"end,0\n', NEVER_CLOSED)]


def test_between_tabs_quotation_marks_may_be_text(read_table):
    table = read_table('pos\t"Great" they say\nneg\t"What\npos\tmore\n')
    assert cells(table) == [(1, "pos", '"Great" they say'), (2, "neg", '"What'), (3, "pos", "more")]
    assert told(table) == "“texts.csv” read as UTF-8, separator “Tab”; quotation marks are part of the text."


def test_a_million_characters_may_stand_in_one_cell(read_table):
    table = read_table("text,label\n" + "x" * 1_000_000 + ",1\n")
    assert len(table.records[1].cells[0]) == 1_000_000


VAST = "x" * (LONGEST + 1)


@pytest.mark.parametrize("name, content", [
    ("t.csv", f"text,label\ngood,1\n{VAST},0\nfine,1\n"),
    ("t.csv", f'text,label\r\ngood,1\r\n"{VAST}",0\r\nfine,1\r\n'),
    ("t.tsv", f"text\tlabel\ngood\t1\n{VAST}\t0\nfine\t1\n"),
    ("t.jsonl", f'{{"text": "text", "label": "label"}}\n{{"text": "good", "label": 1}}\n{{"text": "{VAST}"}}\n'
                '{"text": "fine", "label": 1}\n'),
])  # fmt: skip
def test_a_line_of_more_than_ten_million_characters_is_set_aside_and_the_others_are_read(read_table, name, content):
    table = read_table(content, name)
    assert cells(table) == [(1, "text", "label"), (2, "good", "1"), (4, "fine", "1")]
    assert [(line.line, line.reason, len(line.text)) for line in table.broken] == [(3, TOO_LONG, 2 * SHOWN)]


@pytest.mark.parametrize("name, content", [
    ("t.csv", VAST), ("t.txt", f"good\n{VAST}"), ("t.jsonl", f'{{"text": "{VAST}"}}'), ("t.json", f'["{VAST}"]'),
])  # fmt: skip
def test_where_there_is_little_but_a_line_that_is_too_long_it_is_said(read_table, name, content):
    with pytest.raises(InputError, match=r"has a line of more than 10,000,000 characters.*Remove or split such lines"):
        read_table(content, name)


def test_a_mark_that_is_never_closed_costs_its_line_only_however_much_follows(read_table):
    table = read_table('text,label\n"bad,0\n' + f"{'x' * 999_999},1\n" * 11)
    assert [(line.line, line.reason) for line in table.broken] == [(2, NEVER_CLOSED)]
    assert [record.line for record in table.records] == [1, *range(3, 14)]


def test_many_broken_lines_take_no_time(read_table):
    table = read_table("text,label\n" + '"x\ngood,1\nfine,0\n' * 20_000)
    assert (len(table.records), len(table.broken)) == (40_001, 20_000)


def test_one_byte_in_other_characters_does_not_change_the_rest(read_table):
    table = read_table("文本,标签\n味道很好，下次再来,好\n".encode() * 20 + "坏".encode()[:2] + ",差\n".encode())
    assert table.encoding == "UTF-8"
    assert cells(table)[-1] == (41, "\ufffd", "差")


def test_json_lines_are_a_table_with_headings(read_table):
    content = '{"text": "good", "label": 1}\n\n{"text": "bad", "meta": {"label": "neg", "tags": ["a", "b"]}}\n'
    table = read_table(content + "oops\n[1]\n" + '{"text": null, "label": true}\n', "texts.jsonl")
    assert table.headings == ("text", "label", "meta.label", "meta.tags")
    assert cells(table) == [(1, "good", "1"), (3, "bad", "", "neg", '["a", "b"]'), (6, "", "true")]
    reason = "Not a JSON object."
    assert table.broken == [Broken(4, "oops\n", reason), Broken(5, "[1]\n", reason)]
    assert told(table) == "“texts.jsonl” read as JSON Lines (UTF-8)."


def test_of_one_column_no_separator_is_named(read_table):
    assert told(read_table("good\nbad\nfine\n")) == "“texts.csv” read as UTF-8, one column."


def test_a_list_of_objects_is_read_too(read_table):
    table = read_table(json.dumps([{"text": "好"}, {"text": "坏"}, 3]), "texts.json")
    assert cells(table) == [(1, "好"), (2, "坏")]
    assert table.broken == [Broken(3, "3", "Not a JSON object.")]
    assert told(table) == "“texts.json” read as a list of JSON objects (UTF-8)."


@pytest.mark.parametrize("content", ["[" * 100_000, "not json\n", '[{"text": "good"}', "1\n2\n"])
def test_other_json_is_refused(read_table, content):
    with pytest.raises(InputError) as refused:
        read_table(content, "texts.json")
    assert str(refused.value) == f"“texts.json” holds no JSON objects, one per line. {JSON_LINES}"


def test_half_a_character_in_json_becomes_one_that_says_so(read_table):
    assert cells(read_table('{"text": "a\\ud800b"}', "t.jsonl")) == [(1, "a\ufffdb")]


def test_more_lines_than_a_table_may_have_are_refused(read_table, monkeypatch):
    monkeypatch.setenv("CASEBOOK_READ_LINES", "3")
    with pytest.raises(InputError) as refused:
        read_table("a\nb\nc\nd\n")
    assert str(refused.value) == (
        "The table “texts.csv” has more than 3 lines. A table may have at most 3 lines. "
        "Upload less data, or ask the administrator to raise CASEBOOK_READ_LINES."
    )


@pytest.mark.parametrize("content", [
    "[]", " [ ] ", "[1.25, -2e+3, 1E-5,10]", '[{"a": [1, "]"]}, "\\"", null ,NaN, -Infinity, true]', "[[], {}]",
])  # fmt: skip
@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_a_list_in_json_is_the_same_in_whatever_pieces_it_comes(content, size):
    pieces = (content[start : start + size] for start in range(0, len(content), size))
    assert repr(list(values(pieces))) == repr(json.loads(content))


@pytest.mark.parametrize("content", ["", "{}", "[", "[1", "[1,", "[1,]", "[1 2]", "[,]", "[1]]", "[1] x", '["a', "[-"])
@pytest.mark.parametrize("size", [1, 3, 100])
def test_what_is_no_list_in_json_is_none_in_whatever_pieces_it_comes(content, size):
    with pytest.raises(ValueError):
        list(values(content[start : start + size] for start in range(0, len(content), size)))


def test_records_are_the_same_one_by_one_in_parts_and_by_column(read_table):
    texts = ["", "a", "这家店", "😀", "é" * 300, " x ", "y" * 3000]
    rows = [["y" * 70_000]] + [
        [texts[(number * (place + 3)) % 7] for place in range(2 if number % 3 else number % 5)] + ["z"]
        for number in range(8999)
    ]
    content = io.StringIO()
    csv.writer(content).writerows(rows)
    records = read_table(content.getvalue()).records
    every = list(records)
    assert [list(record.cells) for record in every] == rows
    assert [record.line for record in every] == list(range(1, 9001))
    assert [records[place] for place in (0, 4567, -1)] == [every[0], every[4567], every[-1]]
    assert list(records[4500:][10:4000]) == every[4510:8500] and len(records[4500:]) == 4500
    assert not records[9000:] and list(records[9000:]) == []
    for column in range(6):
        assert list(records[1:].column(column)) == [record.cell(column) for record in every[1:]]
    with pytest.raises(IndexError):
        records[9000]
