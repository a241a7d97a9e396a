"""Odd texts, each kept, set aside by its line, or refused with the cause and the remedy."""

from __future__ import annotations

import io

import pytest
from conftest import ROOT
from test_bringing import zipped
from test_text_data import aside, pairs

from cases.base import UploadedFile
from cases.text_analysis.table_rows import TOO_WIDE
from models.errors import InputError

NASTY = ROOT.parent / "shared/data/nasty"
NEEDS_CLASS = "A text table needs one line per text, with its class."


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


def test_a_text_of_a_million_characters_is_a_text(read_texts, part):
    dataset = read_texts(part("t.csv", "text,label\n" + "长" * 1_000_000 + ",1\nshort,0\n"))
    assert dataset.samples["characters"].tolist() == [1_000_000, 5]
    assert dataset.samples["tokens"].tolist() == [1_000_002, 7]
    assert dataset.samples["language"].tolist() == ["zh", "en"]


def test_formulas_and_tags_stay_as_they_were_written(read_texts, part):
    content = 'text,label\n"=HYPERLINK(""http://x"")",<b>good</b>\n@SUM(1),bad & ugly\n'
    assert pairs(read_texts(part("t.csv", content))) == [
        ('=HYPERLINK("http://x")', "<b>good</b>"), ("@SUM(1)", "bad & ugly"),
    ]  # fmt: skip


def test_labels_are_trimmed_and_composed(read_texts, part):
    dataset = read_texts(part("t.csv", "text,label\nun,café\ndeux, cafe\u0301 \ntrois,the\n"))
    assert dataset.classes == ("café", "the")


def test_numbers_are_labels_like_others(read_texts, part):
    dataset = read_texts(part("t.csv", "stars,review\n5,lovely food\n1,cold food\n5,quick and warm\n1,never again\n"))
    assert dataset.classes == ("1", "5")


def test_ten_thousand_labels_are_refused(read_texts, part):
    lines = "".join(f"some words {number},{number}\n" for number in range(10_000))
    assert refused(read_texts, part("t.csv", "text,label\n" + lines)) == (
        "“t.csv” holds 10,000 classes for 10,000 texts. At most 1,000 classes are supported. Choose another class "
        "column, or merge similar classes."
    )


def test_one_label_is_refused(read_texts, part):
    assert refused(read_texts, part("t.csv", "text,label\ngood,1\nfine,1\n")) == (
        "“t.csv” holds one class only, “1”. At least two classes are needed. Add texts of a second class."
    )


@pytest.mark.parametrize("content", ["label\n1\n0\n1\n0\n", "id,label\n1,a\n2,b\n3,a\n4,b\n", "1,0\n2,0\n3,1\n4,1\n"])
def test_labels_without_texts_are_refused(read_texts, part, content):
    assert refused(read_texts, part("t.csv", content)) == (
        f"No column of the table “t.csv” holds texts. {NEEDS_CLASS} Choose the text column, or name it “text”."
    )


def test_a_table_of_column_names_alone_is_refused(read_texts, part):
    assert refused(read_texts, part("t.csv", "text,label\n")) == (
        f"The table “t.csv” has a single line. {NEEDS_CLASS} Add the texts below the column names, one per line."
    )


def test_texts_without_labels_are_refused_where_labels_are_needed(read_texts, part):
    assert refused(read_texts, part("t.txt", "a first sentence\nand another one\n")) == (
        f"“t.txt” holds texts without classes. {NEEDS_CLASS} Cluster the texts and name the clusters, or add a class "
        "column named “label”."
    )


def test_a_zip_with_nothing_but_a_table_of_no_use_says_why(read_texts, part):
    said = refused(read_texts, part("t.zip", zipped({"t.csv": "text\ngood\nbad\n"})))
    assert said.startswith("“t.csv” holds texts without classes.")


def test_an_empty_file_is_refused(read_texts, part):
    assert refused(read_texts, part("t.csv", "")) == (
        "The table “t.csv” is empty. A table is a CSV or TSV file with one line per example. Save it as CSV in UTF-8 "
        "and upload it again."
    )


def test_lines_that_hold_no_text_are_counted(read_texts, part):
    assert refused(read_texts, part("t.csv", "text,label\n,1\n,0\n"), text="text") == (
        "“t.csv” holds no usable text; 2 lines or files were skipped. Each text needs a class from a table, its folder "
        "or your input. Upload a table with a text and its class in each line."
    )


def test_an_old_workbook_is_refused_with_what_to_do(read_texts, part):
    assert refused(read_texts, part("t.xls", b"\xd0\xcf\x11\xe0" + bytes(600))) == (
        "“t.xls” is a workbook. A table is a CSV or TSV file with one line per example. Save it as CSV in UTF-8 and "
        "upload it again."
    )


def test_a_column_that_is_not_there_is_named_with_those_that_are(read_texts, part):
    assert refused(read_texts, part("t.csv", "text,label\ngood,1\n"), label="mood") == (
        "The table “t.csv” has no column “mood”. Its columns are: text, label. Choose one of them."
    )


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


@pytest.mark.parametrize("name", ["bad.csv", "sniff_limit.csv", "test_latin1.csv", "test_utf8_bom.csv"])
def test_odd_tables_of_others_have_no_classes(read_texts, name):
    if not NASTY.is_dir():
        pytest.skip("The odd real files of ../shared/data/nasty are not on this machine.")
    said = refused(read_texts, UploadedFile(NASTY / name, name))
    assert said.startswith(f"The table “{name}” holds texts but no class column.")
