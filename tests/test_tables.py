"""Tables as people save them, and what they say of the files that come with them."""

from __future__ import annotations

import csv
import io

import pytest
from conftest import ROOT

from cases.ingest import tables
from cases.ingest.collection import SourceFile
from cases.ingest.file_lookup import Names
from cases.ingest.label_table import place
from cases.ingest.tables import formulas
from models.errors import InputError


@pytest.fixture
def saved(tmp_path):
    """Save a text as a table."""

    def save(content, encoding="utf-8", name="labels.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return save


def read(path):
    return tables.read(path, path.name)


def cells(path):
    return [record.cells for record in read(path).records]


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16-LE"),
     ("utf-16-be", "UTF-16-BE"), ("utf-32", "UTF-32"), ("gb18030", "GB18030")],
)  # fmt: skip
def test_the_characters_are_found_out(saved, encoding, found):
    path = saved("file,label\n1.jpg,橘色的小猫\n2.jpg,柴犬和我的狗\n", encoding)
    assert read(path).encoding == found
    assert cells(path) == [("file", "label"), ("1.jpg", "橘色的小猫"), ("2.jpg", "柴犬和我的狗")]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_chinese_in_utf_16_needs_no_mark(saved, encoding):
    path = saved("评论,类别\n" + "这家店的菜很好吃送得也快一下次还来,好评\n" * 6, encoding)
    assert read(path).encoding == encoding.upper()
    assert cells(path)[:2] == [("评论", "类别"), ("这家店的菜很好吃送得也快一下次还来", "好评")]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_out(saved, separator):
    path = saved(f'file{separator}label\r\n1.jpg{separator}"a, b; c | d\te"\r\n')
    assert read(path).separator == separator
    assert cells(path)[1] == ("1.jpg", "a, b; c | d\te")


@pytest.mark.parametrize(("content", "first", "last"), [
    (b'file,label,note\n1.jpg,27,,"too long"\n,"too short"\n0,mixed types.... uh oh,17\n', "file label note", "17"),
    (b"a;b;c\n1;2;3\n", "a b c", "3"), (b"a,b,c\n4,5,\xa9\n", "a b c", "\u00a9"),
    ("\ufefffoo,bar,baz\n4,5,\u02a4\n".encode(), "foo bar baz", "\u02a4"),
], ids=["lines of any length", "semicolons", "Latin-1", "byte order mark"])  # fmt: skip
def test_odd_tables_are_read(saved, content, first, last):
    table = read(saved(content))
    assert table.records[0].cells == tuple(first.split()) and table.records[-1].cells[-1] == last


@pytest.mark.parametrize(
    ("content", "found"),
    [(b"", "is empty."), (b"\n \n", "is empty."), (bytes(range(256)) * 9, "is not a text table."),
     (b'file,label\n1.jpg,"cat\n', "cannot be read as a table: a quotation mark is never closed.")],
)  # fmt: skip
def test_what_is_no_table_is_refused(saved, content, found):
    with pytest.raises(InputError, match=f"“labels.csv” {found} A table is a CSV or TSV file"):
        read(saved(content))


def test_a_name_finds_the_file_it_means():
    names = Names((name, name) for name in ["a/cats/1.jpg", "a/dogs/1.jpg", "a/dogs/Two.JPG", "b/café.png"])
    assert names.find("a/cats/1.jpg") == ["a/cats/1.jpg"]
    assert names.find(".\\cats\\1.jpg") == ["a/cats/1.jpg"]
    assert names.find("two.jpg") == names.find("dogs/two") == ["a/dogs/Two.JPG"]
    assert names.find("cafe\u0301") == ["b/café.png"]
    assert names.find("1.jpg") == ["a/cats/1.jpg", "a/dogs/1.jpg"]
    assert names.find("3.jpg") == names.find("") == []


def files(*names, part=0, split=""):
    return [SourceFile(name, ROOT / name, part, "", split, beside=False) for name in names]


def said(saved, content, brought, name="labels.csv", beside=True, part=0):
    path = saved(content, name=name)
    return place([SourceFile(name, path, part, "", "", beside)], brought)


def told(outcome):
    return [note["message"].format(**note["args"]) for note in outcome.notes]


def test_a_table_gives_class_and_part_and_says_how_it_was_understood(saved):
    content = "Image ID;Breed;Weight;Split\n1;cat;4;Train\n2;dog;30;val\n3;cat;5;测试集\n4;dog;29;train\n"
    outcome = said(saved, content, files("x/1.jpg", "x/2.jpg", "x/3.jpg", "x/4.jpg"))
    assert [(found.name, label, part) for found, label, part in outcome.placed] == [
        ("x/1.jpg", "cat", "train"), ("x/2.jpg", "dog", "validation"), ("x/3.jpg", "cat", "test"),
        ("x/4.jpg", "dog", "train"),
    ]  # fmt: skip
    keys = ("UTF-8, separator “;”", "“Image ID” detected as file name: 4 of 4 lines match", "“Breed” detected as class",
            "“Split” detected as split (training, validation, test)")  # fmt: skip
    assert all(key in note for key, note in zip(keys, told(outcome), strict=True))


@pytest.mark.parametrize(("content", "column", "why"), [
    ("a.jpg,cat\nb.jpg,dog\nc.jpg,cat\nd.jpg,dog\n", "2", ": it is the only other column"),
    ("cat,a.jpg\ndog,b.jpg\ncat,c.jpg\ndog,d.jpg\n", "1", ": it is the only other column"),
    ("n,was,x\n1,a.jpg,cat\n2,b.jpg,dog\n3,c.jpg,cat\n4,d.jpg,dog\n", "x", ": its values repeat the most"),
    ("name,fur,标签\na.jpg,red,cat\nb.jpg,red,dog\nc.jpg,red,cat\nd.jpg,red,dog\n", "标签", " from its name"),
])  # fmt: skip
def test_the_column_of_classes_is_found_with_a_reason(saved, content, column, why):
    outcome = said(saved, content, files("a.jpg", "b.jpg", "c.jpg", "d.jpg"))
    assert [label for _, label, _ in outcome.placed] == ["cat", "dog", "cat", "dog"]
    assert f"“labels.csv”: column “{column}” detected as class{why}." in told(outcome)


def test_lines_of_no_use_are_set_aside_by_their_number(saved):
    lines = {
        "a/1.jpg,cat": "", "a/2.jpg,": "3 a/2.jpg: No class.", ",dog": "4: No file name.",
        "a/9.jpg,dog": "5 a/9.jpg: Names a missing or skipped file.",
        "3.jpg,dog": "6 3.jpg: Matches several files; add the folder to the name.",
        '"a/1.jpg",cat': "7 a/1.jpg: An earlier line names the same file.",
        "a/1.jpg,dog": "8 a/1.jpg: An earlier line gives the file another class.",
        "b/3.jpg": "9 b/3.jpg: No class.",
        '2.jpg,"dog': '10 2.jpg,"dog: A quotation mark is not closed, or text follows the closing one.',
        "a/3.jpg,dog": "",
    }  # fmt: skip
    content = "\n".join(["file,label", *lines]) + "\n"
    outcome = said(saved, content, files("a/1.jpg", "a/2.jpg", "a/3.jpg", "b/3.jpg", "b/4.jpg"))
    assert [(found.name, label) for found, label, _ in outcome.placed] == [("a/1.jpg", "cat"), ("a/3.jpg", "dog")]
    aside = [f"{one.path.removeprefix('labels.csv:')}: {one.reason}" for one in outcome.set_aside]
    assert sorted(aside) == sorted([*filter(None, lines.values()), "b/4.jpg: Not listed in the table."])


def test_a_table_called_test_is_about_the_test_part_and_one_in_an_archive_about_that_archive(saved):
    outcome = said(saved, "1.jpg,cat\n2.jpg,dog\n", files("1.jpg", "2.jpg"), name="test.csv")
    assert [part for _, _, part in outcome.placed] == ["test", "test"]
    brought = files("1.jpg", part=0) + files("cats/1.jpg", part=1)
    outcome = said(saved, "1.jpg,cat\n", brought, beside=False, part=0)
    assert [found.part for found, _, _ in outcome.placed] == [0]
    assert outcome.left == brought[1:]


def test_a_table_that_was_brought_by_itself_must_be_about_the_files(saved):
    with pytest.raises(InputError, match="No column of the table"):
        said(saved, "file,label\n8.jpg,cat\n", files("1.jpg"))
    with pytest.raises(InputError, match="names your files but has no class column"):
        said(saved, "file\n1.jpg\n", files("1.jpg"))


FORMULAS = ["=cmd()", "+x", "-x", "@x", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x", "-1+2", "-", "'=x", "''-5",
            "'+1"]  # fmt: skip
HARMLESS = ["moss", "'tis", "-1.5", "+1", "-2e-05", "", "1=1", "a\t=1"]


@pytest.mark.parametrize("text", [*FORMULAS, *HARMLESS])
def test_a_cell_that_a_spreadsheet_would_run_has_an_apostrophe_and_loses_it_again_and_no_other_has(text):
    guarded = f"'{text}" if text in FORMULAS else text
    assert formulas.guarded(text) == guarded and formulas.unguarded(guarded) == text


def test_a_table_with_guarded_cells_is_read_as_it_was_and_says_so(saved):
    rows = [(text, "-1.5") for text in (*FORMULAS, *HARMLESS) if text.strip()]
    content = io.StringIO()
    csv.writer(content).writerows([("text", "score"), *((formulas.guarded(text), score) for text, score in rows)])
    table = tables.read(saved(content.getvalue()), "labels.csv")
    assert [record.cells for record in table.records] == [("text", "score"), *rows] == [
        table.records[place].cells for place in range(len(table.records))]  # fmt: skip
    assert [*table.records[1:].column(0)] == [text.strip() for text, _score in rows]
    (note,) = table.warnings
    assert note["args"]["n"] == len(FORMULAS)
