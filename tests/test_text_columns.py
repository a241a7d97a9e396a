"""Which column holds what is guessed with a reason, and what a person chose stands."""

from __future__ import annotations

import re

import pytest

from cases.base import UploadedFile
from cases.ingest.tables import read
from cases.ingest.tables.previews import Column, load, save
from cases.ingest.tables.table import Broken
from cases.text_analysis import columns
from cases.text_analysis.preview import preview
from models.errors import InputError
from models.progress import QUIET

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
    ],
)  # fmt: skip
def test_the_columns_are_guessed_with_a_reason(table, content, expected):
    found = columns.find(table(content), {})
    assert guessed(found) == expected
    assert len(found.records) == 6


def test_the_first_line_is_a_heading_where_it_is_like_no_other(table):
    found = columns.find(table(rows(WORDS, "ababab", heading="what they said,how it was\n")), {})
    assert found.headings == ["what they said", "how it was"]
    assert columns.find(table(rows(["ok", *WORDS], "aababab")), {}).headings == ["", ""]


def test_what_a_person_chose_stands(table):
    content = rows(WORDS, "ababab", "xyxyxy", ["train", "test"] * 3, heading="text,label,other,where\n")
    found = columns.find(table(content), {"label": "other", "part": "where"})
    assert guessed(found) == [("text", CALLED_SO), ("other", YOURS), ("where", YOURS)]
    found = columns.find(table(rows(WORDS, "ababab", "xyxyxy")), {"label": "3", "text": ""})
    assert guessed(found)[:2] == [("1", LONGEST), ("3", YOURS)]


def test_a_column_of_parts_can_be_switched_off(table):
    content = rows(WORDS, "ababab", ["train", "test"] * 3, heading="text,label,split\n")
    assert columns.find(table(content), {}).part.name == "split"
    found = columns.find(table(content), {"part": ""})
    assert (found.label.name, found.part) == ("label", None)


def test_a_column_that_is_not_there_cannot_be_chosen(table):
    with pytest.raises(InputError) as refused:
        columns.find(table(rows(WORDS, "ababab", heading="text,label\n")), {"label": "mood"})
    assert str(refused.value) == (
        "The table “texts.csv” has no column “mood”. Its columns are: text, label. Choose one of them."
    )


def test_a_choice_for_one_of_two_tables_is_no_error_of_the_other(tmp_path):
    for name, heading in (("1", "text,label,tone\n"), ("2", "text,label,other\n")):
        (tmp_path / name).write_text(rows(WORDS, "ababab", "xyxyxy", heading=heading), "utf-8")
    parts = [UploadedFile(tmp_path / "1", "one.csv"), UploadedFile(tmp_path / "2", "two.csv")]
    seen = preview(parts, tmp_path / "files", {"label": "tone"}, QUIET)
    assert [[column.role for column in one.columns] for one in seen] == [["text", "", "label"], ["text", "label", ""]]
    assert [one.error for one in seen] == [None, None]


def test_a_preview_shows_lines_and_roles_before_anything_is_read(tmp_path):
    path = tmp_path / "1"
    path.write_text(rows(WORDS, "ababab", "123456", heading="text,label,id\n"), "utf-8")
    empty = tmp_path / "2"
    empty.write_text("", "utf-8")
    seen, bad = preview(
        [UploadedFile(path, "t.csv"), UploadedFile(empty, "e.csv")], tmp_path / "files", {"label": "label"}, QUIET
    )
    assert seen.columns == (
        Column("text", "text"),
        Column("label", "label"),
        Column("id", ""),
    )
    assert [note["message"].format(**note["args"]) for note in seen.notes] == [
        "“t.csv” read as UTF-8, separator “,”.",
        "“t.csv”: the first line holds the column names.",
        "“t.csv”: column “text” detected as text from its name.",
        "“t.csv”: column “label” is the class, as you chose.",
    ]
    assert seen.lines[0] == ("the food was good", "a", "1") and len(seen.lines) == 5
    assert (seen.total, seen.error) == (6, None)
    assert (bad.columns, bad.error["found"]) == ((), "The table “{name}” is empty.")


def test_a_preview_survives_being_kept(tmp_path):
    path = tmp_path / "1"
    path.write_text(rows(WORDS, "ababab", heading="text,label\n"), "utf-8")
    seen = preview([UploadedFile(path, "t.csv")], tmp_path / "files", {}, QUIET)
    save(seen, tmp_path / "kept.json")
    assert load(tmp_path / "kept.json") == seen
    assert load(tmp_path / "nothing.json") == []


def test_where_a_chosen_column_is_missing_the_others_are_shown_with_the_reason(tmp_path):
    path = tmp_path / "1"
    path.write_text(rows(WORDS, "ababab", heading="text,label\n"), "utf-8")
    [seen] = preview([UploadedFile(path, "t.csv")], tmp_path / "files", {"label": "mood"}, QUIET)
    assert [column.role for column in seen.columns] == ["text", "label"]
    assert seen.error["found"] == "The table “{table}” has no column “{column}”."


def test_a_broken_line_is_no_guess(table):
    assert table('text,label\n"a,b\nc,d\ne,f\n').broken[0] == Broken(
        2, '"a,b\n', "A quotation mark is not closed, or text follows the closing one."
    )


LONG = [f"the tour through the old town was {word} and we would gladly take it again" for word in
        ("good", "slow", "loud", "warm", "short", "dear", "fine", "new", "odd", "calm", "dull", "rare")]  # fmt: skip


@pytest.mark.parametrize(
    "heading", ["comment_text", "reviewText", "Customer feedback", "评论正文", "反馈", "my text", "text"]
)
def test_a_table_of_one_column_keeps_its_heading_out_of_the_texts(read_table, heading):
    found = columns.find(read_table("\n".join([heading, *LONG])), {}, labelled=False)
    assert (len(found.records), found.headings) == (len(LONG), [heading])


@pytest.mark.parametrize(
    "first", ["it was good.", LONG[0], "the guide talked and talked and talked for hours on", "42"]
)
def test_a_first_line_that_is_a_text_is_none(read_table, first):
    found = columns.find(read_table("\n".join([first, *LONG])), {}, labelled=False)
    assert len(found.records) == len(LONG) + 1
