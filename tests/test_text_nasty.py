"""Odd texts, each kept, set aside by its line, or refused with the cause and the remedy."""

from __future__ import annotations

import io

import pytest
from test_bringing import zipped
from test_text_data import aside, pairs

from cases.text_analysis.table_rows import TOO_WIDE
from models.errors import InputError


def refused(read, *parts, **columns):
    with pytest.raises(InputError) as error:
        read(*parts, **columns)
    return str(error.value)


def test_lines_of_no_use_are_set_aside_by_their_number_and_their_text(read_texts, part):
    content = (
        "text,label\ngood,1\n,0\n bad ,0\nno class\nwith, a comma,0\nnul\0byte,1\nfine,1,,\n"
        '"never closed,0\n' + "x" * 99 + ",\n"
    )
    dataset = read_texts(part("t.csv", content + "fine,1\n" * 30))
    assert pairs(dataset)[:3] == [("good", "1"), ("bad", "0"), ("fine", "1")]
    assert len(dataset.samples) == 33
    assert aside(dataset) == {
        't.csv:9 "never closed,0': "A quotation mark is not closed, or text follows the closing one.",
        "t.csv:3 0": "It holds no text.",
        "t.csv:5 no class": "No class.",
        "t.csv:6 with": TOO_WIDE,
        "t.csv:7 nul\ufffdbyte": "It contains invalid characters.",
        "t.csv:10 " + "x" * 80 + "…": "No class.",
    }


def test_formulas_and_tags_stay_as_they_were_written(read_texts, part):
    content = 'text,label\n"=HYPERLINK(""http://x"")",<b>good</b>\n@SUM(1),bad & ugly\n'
    assert pairs(read_texts(part("t.csv", content))) == [
        ('=HYPERLINK("http://x")', "<b>good</b>"), ("@SUM(1)", "bad & ugly"),
    ]  # fmt: skip


@pytest.mark.parametrize(("content", "classes"), [
    ("text,label\nun,café\ndeux, cafe\u0301 \ntrois,the\n", ("café", "the")),
    ("stars,review\n5,lovely food\n1,cold food\n5,quick and warm\n1,never again\n", ("1", "5")),
])  # fmt: skip
def test_labels_are_trimmed_and_composed_and_may_be_numbers(read_texts, part, content, classes):
    assert read_texts(part("t.csv", content)).classes == classes


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("t.csv", "text,label\n" + "".join(f"some words {n},{n}\n" for n in range(10_000)),
         "holds 10,000 classes for 10,000 texts. At most 1,000"),
        ("t.csv", "text,label\ngood,1\nfine,1\n", "holds one class only, “1”."),
        *(("t.csv", content, "No column of the table “t.csv” holds texts.") for content in (
            "label\n1\n0\n1\n0\n", "id,label\n1,a\n2,b\n3,a\n4,b\n", "1,0\n2,0\n3,1\n4,1\n")),
        ("t.csv", "text,label\n", "The table “t.csv” has a single line."),
        ("t.txt", "a first sentence\nand another one\n", "“t.txt” holds texts without classes."),
        ("t.zip", zipped({"t.csv": "text\ngood\nbad\n"}), "“t.csv” holds texts without classes."),
        ("t.csv", "", "The table “t.csv” is empty."),
        ("t.xls", b"\xd0\xcf\x11\xe0" + bytes(600), "“t.xls” is a workbook."),
    ],
    ids=["ten thousand classes", "one class", "classes alone", "numbers and classes", "numbers", "a heading", "texts",
         "texts in a zip", "nothing", "an old workbook"],
)  # fmt: skip
def test_what_cannot_be_learnt_from_is_refused_with_the_cause(read_texts, part, name, content, told):
    assert told in refused(read_texts, part(name, content))


def test_a_column_that_is_not_there_is_named_with_those_that_are(read_texts, part):
    said = refused(read_texts, part("t.csv", "text,label\ngood,1\n"), label="mood")
    assert said.startswith("The table “t.csv” has no column “mood”. Its columns are: text, label.")


def test_of_merged_cells_in_a_workbook_only_the_first_line_has_a_class(read_texts, part):
    import openpyxl

    book, buffer = openpyxl.Workbook(), io.BytesIO()
    for row in (["text", "label"], ["good", "pos"], ["fine", None], ["bad", "neg"], ["=1+1", "neg"]):
        book.active.append(row)
    book.active.merge_cells("B2:B3")
    book.save(buffer)
    dataset = read_texts(part("t.xlsx", buffer.getvalue()))
    assert pairs(dataset) == [("good", "pos"), ("bad", "neg")]
    assert aside(dataset) == {"t.xlsx:3 fine": "No class.", "t.xlsx:5 neg": "It holds no text."}
