"""JSON is a table too; a broken line costs itself; which column holds what is guessed, and what was chosen stands."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from cases.ingest.tables import read
from cases.ingest.tables.csv import NEVER_CLOSED
from cases.ingest.tables.previews import Column, load, save
from cases.ingest.tables.table import SHOWN, Broken
from cases.ingest.tables.text_files import LONGEST, TOO_LONG
from cases.text_analysis import columns
from cases.text_analysis.preview import preview
from models.errors import InputError
from models.progress import QUIET


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


def test_a_mark_that_is_never_closed_costs_its_line_only_however_much_follows(read_table):
    table = read_table('text,label\n"bad,0\n' + f"{'x' * 999_999},1\n" * 11)
    assert [(line.line, line.reason) for line in table.broken] == [(2, NEVER_CLOSED)]
    assert [record.line for record in table.records] == [1, *range(3, 14)]


def test_many_broken_lines_and_a_cell_of_a_million_characters_are_read(read_table):
    table = read_table("text,label\n" + '"x\ngood,1\nfine,0\n' * 20_000 + "x" * 1_000_000 + ",1\n")
    assert (len(table.records), len(table.broken)) == (40_002, 20_000)
    assert len(table.records[40_001].cells[0]) == 1_000_000


def test_one_byte_in_other_characters_or_half_a_character_in_json_does_not_change_the_rest(read_table):
    table = read_table("文本,标签\n味道很好，下次再来,好\n".encode() * 20 + "坏".encode()[:2] + ",差\n".encode())
    assert table.encoding == "UTF-8"
    assert cells(table)[-1] == (41, "\ufffd", "差")
    assert cells(read_table('{"text": "a\\ud800b"}', "t.jsonl")) == [(1, "a\ufffdb")]


def test_json_lines_and_a_list_of_objects_are_a_table_with_headings(read_table):
    content = '{"text": "good", "label": 1}\n\n{"text": "bad", "meta": {"label": "neg", "tags": ["a", "b"]}}\n'
    table = read_table(content + "oops\n[1]\n" + '{"text": null, "label": true}\n', "texts.jsonl")
    assert table.headings == ("text", "label", "meta.label", "meta.tags")
    assert cells(table) == [(1, "good", "1"), (3, "bad", "", "neg", '["a", "b"]'), (6, "", "true")]
    reason = "Not a JSON object."
    assert table.broken == [Broken(4, "oops\n", reason), Broken(5, "[1]\n", reason)]
    assert told(table) == "“texts.jsonl” read as JSON Lines (UTF-8)."
    table = read_table(json.dumps([{"text": "好"}, {"text": "坏"}, 3]), "texts.json")
    assert cells(table) == [(1, "好"), (2, "坏")] and table.broken == [Broken(3, "3", reason)]
    assert told(table) == "“texts.json” read as a list of JSON objects (UTF-8)."


def test_more_lines_than_a_table_may_have_are_refused(read_table, monkeypatch):
    monkeypatch.setenv("CASEBOOK_READ_LINES", "3")
    assert len(read_table("a\nb\nc\n").records) == 3
    with pytest.raises(InputError, match=r"has more than 3 lines.*raise CASEBOOK_READ_LINES"):
        read_table("a\nb\nc\nd\n")


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


CALLED_SO, ONLY_OTHER = "from its name", "it is the only other column"
LONGEST, REPEAT = "its values are the longest and most varied", "its values repeat the most"
YOURS = "as you chose"
_ROLE = re.compile(r".*” (detected as \w+( \([^)]*\))?:?|is the \w+,) ")


@pytest.fixture
def table(tmp_path):
    def save(content):
        path = tmp_path / "texts.csv"
        path.write_text(content, "utf-8")
        return read(path, "texts.csv")

    return save


def guessed(found):
    """text, label and part: the column and the reason."""
    return [choice and (choice.name, _ROLE.sub("", choice.reason).rstrip(".")) for choice in
            (found.text, found.label, found.part)]  # fmt: skip


WORDS = ["the food was good", "we had to wait long", "never again, I fear", "a lovely evening", "it was cold", "so so"]


def rows(*columns_, heading=""):
    return heading + "".join(",".join(f'"{cell}"' for cell in cells) + "\n" for cells in zip(*columns_, strict=True))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (rows(WORDS, "010101", heading="review,sentiment\n"), [("review", CALLED_SO), ("sentiment", CALLED_SO), None]),
        (rows("010101", WORDS), [("2", LONGEST), ("1", ONLY_OTHER), None]),
        (rows("123456", WORDS, "ababab", heading="id,said,kind\n"), [("said", LONGEST), ("kind", REPEAT), None]),
        (rows("123456", WORDS, "aabbcc", "xyxyxy"), [("2", LONGEST), ("4", REPEAT), None]),
        (rows(WORDS, "010101", ["neg", "pos"] * 3, heading="text,label,label_text\n"),
         [("text", CALLED_SO), ("label_text", CALLED_SO), None]),
        (rows(["a", "b", "c", "d", "e", "f"], WORDS, "ababab", heading="title,content,类别\n"),
         [("content", CALLED_SO), ("类别", CALLED_SO), None]),
        (rows(WORDS, "ababab", ["train", "test"] * 3, heading="text,label,split\n"),
         [("text", CALLED_SO), ("label", CALLED_SO), ("split", "from its values")]),
        (rows(["news", "sport"] * 3, WORDS), [("2", LONGEST), ("1", ONLY_OTHER), None]),
        (rows(WORDS), [("1", LONGEST), None, None]),
        (rows("ababab", heading="label\n"), [None, None, None]),
        (rows("123456", "ababab"), [None, None, None]),
        (rows(WORDS, "ababab", heading="what they said,how it was\n"),  # a heading, for it is like no other line
         [("what they said", LONGEST), ("how it was", ONLY_OTHER), None]),
        (rows(["ok", *WORDS[:5]], "aababa"), [("1", LONGEST), ("2", ONLY_OTHER), None]),
    ],
)  # fmt: skip
def test_the_columns_are_guessed_with_a_reason(table, content, expected):
    found = columns.find(table(content), {})
    assert guessed(found) == expected
    assert len(found.records) == 6


def test_what_a_person_chose_stands(table):
    content = rows(WORDS, "ababab", "xyxyxy", ["train", "test"] * 3, heading="text,label,other,split\n")
    assert guessed(columns.find(table(content), {}))[1:] == [("label", CALLED_SO), ("split", "from its values")]
    found = columns.find(table(content), {"label": "other", "part": ""})
    assert guessed(found) == [("text", CALLED_SO), ("other", YOURS), None]
    assert guessed(columns.find(table(content), {"part": "other"}))[2] == ("other", YOURS)
    found = columns.find(table(rows(WORDS, "ababab", "xyxyxy")), {"label": "3", "text": ""})
    assert guessed(found)[:2] == [("1", LONGEST), ("3", YOURS)]
    with pytest.raises(InputError, match=r"The table “texts\.csv” has no column “mood”\."):
        columns.find(table(content), {"label": "mood"})


@pytest.fixture
def previewed(part, tmp_path):
    """Previews of tables, given by their names, where these columns are chosen."""

    def look(tables, **chosen):
        return preview([part(name, content) for name, content in tables.items()], tmp_path / "files", chosen, QUIET)

    return look


def test_a_preview_shows_lines_and_roles_before_anything_is_read_and_survives_being_kept(previewed, tmp_path):
    content = rows(WORDS, "ababab", "123456", heading="text,label,id\n")
    seen, bad = kept = previewed({"t.csv": content, "e.csv": ""}, label="label")
    assert seen.columns == (Column("text", "text"), Column("label", "label"), Column("id", ""))
    assert [note["message"].format(**note["args"]) for note in seen.notes] == [
        "“t.csv” read as UTF-8, separator “,”.",
        "“t.csv”: the first line holds the column names.",
        "“t.csv”: column “text” detected as text from its name.",
        "“t.csv”: column “label” is the class, as you chose.",
    ]
    assert seen.lines[0] == ("the food was good", "a", "1") and len(seen.lines) == 5
    assert (seen.total, seen.error) == (6, None)
    assert (bad.columns, bad.error["found"]) == ((), "The table “{name}” is empty.")
    save(kept, tmp_path / "kept.json")
    assert load(tmp_path / "kept.json") == kept and load(tmp_path / "nothing.json") == []
    [missing] = previewed({"t.csv": content}, label="mood")  # the others are shown with the reason
    assert [column.role for column in missing.columns] == ["text", "label", ""]
    assert missing.error["found"] == "The table “{table}” has no column “{column}”."


LONG = [f"the tour through the old town was {word} and we would gladly take it again" for word in
        ("good", "slow", "loud", "warm", "short", "dear", "fine", "new", "odd", "calm", "dull", "rare")]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "is_a_heading"),
    [*((one, True) for one in ("comment_text", "reviewText", "Customer feedback", "评论正文", "反馈", "text")),
     *((one, False) for one in ("it was good.", LONG[0], "the guide talked and talked and talked for hours on", "42"))],
)  # fmt: skip
def test_a_table_of_one_column_keeps_its_heading_out_of_the_texts_and_a_text_is_none(read_table, first, is_a_heading):
    found = columns.find(read_table("\n".join([first, *LONG])), {}, labelled=False)
    assert (len(found.records), found.headings == [first]) == (len(LONG) + (not is_a_heading), is_a_heading)
