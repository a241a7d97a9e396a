"""Labels, names and numbers that are not what they seem are joined, refused or told, never learnt from in silence."""

from __future__ import annotations

import numpy as np
import pytest
from test_bringing import labels as labels_of
from test_bringing import read, zipped  # noqa: F401  (a fixture)
from test_text_data import pairs

from cases import labels
from cases.ranking import timestamps
from cases.text_analysis import CASE
from runs.store import edits


@pytest.mark.parametrize(
    "written",
    ["pos\u200b", "\ufeffpos", "p\u00ados", "pos\u200e", "\u2067pos\u2069", "pos\ufe0f", "pos\u00a0", "po\u200ds",
     "pos\U000e0001", "pos\u3164", "\u2800pos", " pos\t"],
)  # fmt: skip
def test_what_nobody_sees_makes_no_class_of_its_own(read_texts, part, written):
    content = f"text,label\ngood,pos\nfine,{written}\nbad,neg\npoor,neg\n"
    assert [label for _, label in pairs(read_texts(part("t.csv", content)))] == ["pos", "pos", "neg", "neg"]


@pytest.mark.parametrize("label", ["👩‍👧", "می‌خواهم", "क्‍ष", "🏴\U000e0067\U000e0062\U000e007f", "好 评", "très bon"])
def test_what_belongs_to_a_script_or_a_picture_stays(label):
    assert labels.plain(label) == label


def test_words_of_a_label_have_one_blank_between_them():
    assert labels.plain("very\u00a0 good\u3000indeed") == labels.plain("very  good indeed") == "very good indeed"


def test_folders_that_look_the_same_are_one_class(read, part, pictures):  # noqa: F811
    brought = {name.replace("rust/", "mo\u200bss/"): content for name, content in pictures(2).items()}
    assert set(labels_of(read(part("pets.zip", zipped(brought)))).values()) == {"moss", "slate"}


def test_a_label_that_is_all_invisible_is_none(read_texts, part):
    dataset = read_texts(part("t.csv", "text,label\ngood,pos\nfine,\u200b\nbad,neg\n"))
    assert pairs(dataset) == [("good", "pos"), ("bad", "neg")]
    assert dataset.set_aside["reason"].tolist() == ["The line has no class."]


def test_a_label_that_is_typed_has_nothing_invisible_either(home):
    edits.add("local", "digest", 1, "pos\u200b")
    assert edits.current("local", "digest") == {1: "pos"}


@pytest.mark.parametrize("missing", ["NaN", "NULL", "inf", "-Infinity", "None", "N/A", "#N/A", "<NA>", "nil"])
def test_classes_that_say_there_is_none_are_found_and_can_be_left_out(read_texts, part, missing):
    dataset = read_texts(part("t.csv", f"text,label\ngood,pos\nfine,{missing}\nbad,neg\npoor,{missing}\n"))
    (found,) = [one for one in CASE.findings(dataset) if one.name == "nothing"]
    assert found.rows.tolist() == [1, 3]
    assert (found.surplus, found.leak) == (None, False)  # so all of them are left out with one button


def test_numbers_that_are_missing_in_typed_tables_are_no_classes(read_texts, part):
    content = '{"text": "good", "label": 1}\n{"text": "fine", "label": NaN}\n{"text": "bad", "label": Infinity}\n'
    dataset = read_texts(part("t.jsonl", content))
    (found,) = [one for one in CASE.findings(dataset) if one.name == "nothing"]
    assert dataset.samples["label"][found.rows].tolist() == ["NaN", "Infinity"]


def test_usual_classes_are_not_taken_for_missing_ones(read_texts, part):
    dataset = read_texts(part("t.csv", "text,label\ngood,1\nbad,0\nfine,info\npoor,nanny\n"))
    assert "nothing" not in [one.name for one in CASE.findings(dataset)]


@pytest.mark.parametrize(
    "text",
    ["12:00", "1:30 PM", "T12:00", "now", "today", "May 3", "3/4", "10th", "12:00 +0100", "12:00:00.20210304", "May",
     "12:00:00.2021", "tomorrow"],
)  # fmt: skip
def test_a_time_without_a_year_is_none(text):
    assert np.isnan(timestamps.seconds([text])).all()


@pytest.mark.parametrize(
    ("text", "day"),
    [("2021-03-04", "2021-03-04"), ("03/04/21", "2021-03-04"), ("Mar 4, 21", "2021-03-04"), ("20210304", None),
     ("4 Mar 2021 12:00", "2021-03-04T12"), ("Tue Mar 04 12:00:00 2021", "2021-03-04T12"), ("May 2020", "2020-05-01"),
     ("20210304T120000", "2021-03-04T12"), ("12:00 2021-03-04", "2021-03-04T12"), ("2021年3月4日", "2021-03-04"),
     ("2021-03-04T12:00:00.123456Z", "2021-03-04T12:00:00.123456"), ("04.03.2021", "2021-04-03"),
     ("2021-03-04 12:00:00 +0000", "2021-03-04T12")],
)  # fmt: skip
def test_a_date_with_its_year_is_read_as_before(text, day):
    found = timestamps.seconds([text])[0]
    assert day is None or found == np.datetime64(day, "us").astype(np.int64) / 1e6
