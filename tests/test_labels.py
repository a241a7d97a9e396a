"""Labels, names and numbers that are not what they seem are joined, refused or told, never learnt from in silence."""

from __future__ import annotations

import re
from collections import Counter
from random import Random

import numpy as np
import pytest
from test_bringing import labels as labels_of
from test_bringing import read, zipped  # noqa: F401  (a fixture)
from test_text_data import pairs

from cases import ranges
from cases.ingest.label_cells import LabelCells, amounts, several
from cases.ranking import timestamps
from cases.text_analysis import CASE
from models.errors import InputError
from runs.store import edits


@pytest.mark.parametrize(
    "written",
    ["pos\u200b", "\ufeffpos", "p\u00ados", "pos\u200e", "\u2067pos\u2069", "pos\ufe0f", "pos\u00a0", "po\u200ds",
     "pos\U000e0001", "pos\u3164", "\u2800pos", " pos\t"],
)  # fmt: skip
def test_what_nobody_sees_makes_no_class_of_its_own(read_texts, part, written):
    dataset = read_texts(part("t.csv", f"text,label\ngood,pos\nfine,{written}\nbad,neg\npoor,\u200b\n"))
    assert pairs(dataset) == [("good", "pos"), ("fine", "pos"), ("bad", "neg")]
    assert dataset.set_aside["reason"].tolist() == ["No class."]


def test_folders_that_look_the_same_are_one_class_and_a_typed_label_has_nothing_invisible(read, part, pictures):  # noqa: F811
    brought = {name.replace("rust/", "mo\u200bss/"): content for name, content in pictures(2).items()}
    assert set(labels_of(read(part("pets.zip", zipped(brought)))).values()) == {"moss", "slate"}
    edits.add("local", "digest", 1, "pos\u200b")
    assert edits.current("local", "digest") == {1: "pos"}


@pytest.mark.parametrize("missing", ["NaN", "NULL", "inf", "-Infinity", "None", "N/A", "#N/A", "<NA>", "nil"])
def test_classes_that_say_there_is_none_are_found_and_can_be_left_out(read_texts, part, missing):
    dataset = read_texts(part("t.csv", f"text,label\ngood,pos\nfine,{missing}\nbad,neg\npoor,{missing}\n"))
    (found,) = [one for one in CASE.findings(dataset) if one.name == "nothing"]
    assert found.rows.tolist() == [1, 3]
    assert (found.surplus, found.leak) == (None, False)  # so all of them are left out with one button


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


CODES = {
    "digits": [str(number % 10) for number in range(300)],
    "stars": [str(number % 5 + 1) for number in range(300)],
    "equal numbers of each code": [str(number % 102 + 1) for number in range(1020)],
    "many rows of each code": [str(Random(number).randrange(77)) for number in range(4000)],
    "codes with zeros before them": [f"{Random(number).randrange(60):03}" for number in range(600)],
    "customers": [str(70_000 + Random(number).randrange(80)) for number in range(600)],
    "days": [f"2024{number % 12 + 1:02}{Random(number).randrange(28) + 1:02}" for number in range(600)],
    "days with dashes": [f"2024-{number % 12 + 1:02}-{Random(number).randrange(28) + 1:02}" for number in range(600)],
}
AMOUNTS = {
    "scores": [str(Random(number).randrange(101)) for number in range(1000)],
    "scores in halves": [str(Random(number).randrange(101) / 2) for number in range(1000)],
    "prices": [f"￥{int(Random(number).lognormvariate(12, 1)):,}" for number in range(400)],
    "below zero": [f"{Random(number).uniform(-1, 1):.3f}" for number in range(400)],
}


@pytest.mark.parametrize(("cells", "separator"), [
    (["财经|电影", "电影|财经"], "|"), (["财经、电影", "电影、体育", "体育"], "、"),
    (["sad, angry", "angry, joy", "joy"], ","), (["Action/Comedy", "Comedy/Drama", "Drama"], "/"),
    (["a；b", "b；c"], "；"), (["3;7", "7;3", "1"], ";"),
    (['["a", "b"]', '["b", "a"]', '["c"]'], ","), (["a|b|", "b|a|", "c|"], "|"),
])  # fmt: skip
def test_labels_that_are_listed_in_a_cell_are_seen_by_their_coming_again(cells, separator):
    assert several(cells) == separator


@pytest.mark.parametrize("cells", [
    ["yes", "no", "yes/no"], ["R&B/Soul", "Hip-Hop/Rap", "Soul", "Rap", "Pop"], ["World", "Sports", "Sci/Tech"],
    ["体育/足球", "体育/篮球", "娱乐/电影", "体育"], ["体育/足球", "体育/其他", "娱乐/电影", "娱乐/其他", "其他"],
    ["1/2/2024", "2/1/2024", "1/1/2024"],
    ["2024-01-05", "2024-05-01"], ["1,200", "200,1"], ["Paris, France", "Paris, Texas", "New York, New York"],
    ["H/H", "H/A", "A/H", "A/A"], ["Smith, John", "Smith, Ann", "Lee, Ann"], ["a|b"], ["n/a", "N/A", "a", "n"], [],
])  # fmt: skip
def test_names_paths_and_dates_are_one_label(cells):
    assert several(cells) == ""


@pytest.mark.parametrize("what", CODES)
def test_numbers_that_name_classes_are_no_amounts_unless_their_heading_says_so(what):
    assert amounts(Counter(CODES[what]), "label") == ()
    cells = Counter(str(number % 101) for number in range(10_100))  # however many rows each has
    assert (amounts(cells, "label"), amounts(cells, "评分")) == ((), (20, 40, 60, 80))


@pytest.mark.parametrize("what", AMOUNTS)
def test_of_amounts_five_ranges_are_offered_with_about_as_many_rows_each(what):
    cells = LabelCells()
    for cell in AMOUNTS[what]:
        cells.of_column("t.csv", "label")(cell)
    [note] = cells.notes()
    assert note["refusal"] == "Group into ranges" and f"{len({*AMOUNTS[what]}):,} values" in told(note)
    sizes = Counter(map(LabelCells(note["columns"]).of_column("t.csv", "label"), AMOUNTS[what]))
    assert sorted(label[:3] for label in sizes) == ["1 (", "2 (", "3 (", "4 (", "5 ("]
    assert min(sizes.values()) >= len(AMOUNTS[what]) / 10


def told(note):
    return note["message"].format(**note["args"])


def table_of(rows, heading="label"):
    return "".join([f"text,{heading}\n", *(f"text number {number},{row}\n" for number, row in enumerate(rows))])


def test_two_tables_of_several_labels_have_one_note_and_the_first_label_may_be_the_class(read_texts, part, tmp_path):
    first, later = ["财经|电影", "电影|财经", "体育"] * 2, ["电影|体育", "财经"]
    brought = [part("a.csv", table_of(first)), part("b.csv", table_of(later), "test")]
    plain = read_texts(*brought)
    [note] = [note for note in plain.notes if "refusal" in note]
    assert len(plain.classes) == 5
    assert told(note) == (
        "“a.csv”: column “label” looks like several labels per cell, such as “财经|电影”. Every combination, in "
        "every order, becomes a class of its own: 5. With the first label alone there are 3."
    )
    (tmp_path / "data").rename(tmp_path / "before")
    chosen = read_texts(*brought, **note["columns"])
    assert [label for _, label in pairs(chosen)] == ["财经", "电影", "体育"] * 2 + ["电影", "财经"]
    [back] = [note for note in chosen.notes if "refusal" in note]
    assert told(back) == "“a.csv”: the first label of each cell is the class, as you chose."
    assert (back["refusal"], back["columns"]) == ("Keep the labels as they are", {"labels": ""})


@pytest.mark.parametrize(("classes", "order"), [
    (["3 (> 1,000)", "1 (≤ -0.5)", "unknown", "2 (-0.5 – 1,000)"], ["1 (≤ -0.5)", "2 (-0.5 – 1,000)", "3 (> 1,000)"]),
    (["10 (> 9)", "2 (1 – 2)", "9 (8 – 9)"], ["2 (1 – 2)", "9 (8 – 9)", "10 (> 9)"]),  # by number; some may be gone
    (["1 (≤ 20)", "1 (≤ 30)", "2 (> 30)"], []),  # of two groupings
    (["1 (≤ 20)", "2 (10 – 30)"], []),
    (["1 (≤ a)", "2 (a – b)"], []),
    (["1 (≤ 20)", "other"], []),
    (["1", "2 stars", "3 (good)"], []),
])  # fmt: skip
def test_classes_that_are_ranges_are_known_by_their_names_and_have_an_order(classes, order):
    assert [*ranges.order(classes)] == order


@pytest.mark.parametrize("way", ["last |", "first", "first x", "bins", "bins 2 1", "bins low high"])
def test_a_way_to_read_labels_that_there_is_not_is_refused(read_texts, part, way):
    with pytest.raises(InputError, match=re.escape(f"“{way}” is no way to read labels.")):
        read_texts(part("t.csv", table_of("abab")), labels=way)
