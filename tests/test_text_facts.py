"""What is known of texts: their language, their copies, what is worth a look; and what the check says of it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opened_pages import framed, sound

from cases import duplicates as cases_duplicates
from cases.text_analysis import duplicates, reader
from cases.text_analysis.checks import findings
from cases.text_analysis.code_points import blocks
from models.progress import QUIET, NullReporter, Stopped
from runs import paths
from runs.store import dataset_rows

SENTENCE = "The waiter was friendly, the soup was hot, and we will certainly come back next year with our children"


@given(st.lists(st.text(min_size=1), min_size=1))
def test_the_blocks_hold_every_character_once(texts):
    found = [
        "".join(map(chr, block.codes[begin:end]))
        for block in blocks(texts)
        for begin, end in zip(block.begins, [*block.begins[1:], len(block.codes)], strict=True)
    ]
    assert found == texts


def copies_of(*texts):
    with TemporaryDirectory() as folder:
        found = duplicates.find(pd.Series(texts), Path(folder), QUIET)
    return found["same"].tolist(), found["alike"].tolist()


@pytest.mark.parametrize(("texts", "same", "alike"), [
    (("Good  Food", "bad", "ＧＯＯＤ food", "good\nfood "), [0, -1, 0, 0], [0, -1, 0, 0]),
    ((SENTENCE, "Something else that is about as long as the first", SENTENCE + "!", SENTENCE), [0, -1, -1, 0],
     [0, -1, 0, 0]),
    (("好吃好吃好吃", "好吃好吃好吃！", "好吃好吃好吃"), [0, -1, 0], [0, -1, 0]),  # short ones
])  # fmt: skip
def test_spaces_capitals_and_full_width_forms_make_no_other_text_and_a_changed_word_nearly_the_same(texts, same, alike):
    assert copies_of(*texts) == (same, alike)


class Impatient(NullReporter):
    """Asks to stop as soon as the search has told how far it is."""

    def __init__(self):
        self.told = []

    def progress(self, what, done, total, **more):
        self.told.append((what, done, total))

    def check(self):
        if self.told:
            raise Stopped


def test_the_search_for_copies_ends_where_somebody_wishes_to_stop(tmp_path, monkeypatch):
    monkeypatch.setattr(duplicates, "AT_ONCE", 10)
    report = Impatient()
    with pytest.raises(Stopped):
        duplicates.find(pd.Series([f"{n} {SENTENCE}" for n in range(40)]), tmp_path, report)
    assert report.told == [("copies", 0, 40)]


def test_what_is_estimated_is_the_share_of_stretches_in_common():
    random = np.random.default_rng(0)
    first = "".join(random.choice(list("abcdefghij"), 400))

    def stretches(text):
        return {text[place : place + 3] for place in range(len(text) - 2)}

    for changed in (10, 40, 120):
        other = first[changed:] + "".join(random.choice(list("klmnop"), changed))
        one, two = duplicates._signatures([first, other])
        true = len(stretches(first) & stretches(other)) / len(stretches(first) | stretches(other))
        assert (one == two).mean() == pytest.approx(true, abs=0.12)  # three times the deviation


def test_what_is_worth_a_look_is_found(read_texts, part):
    usual = [f"{word} was not what we had hoped for at all" for word in ("soup", "bread", "rice", "fish", "tea", "pie")]
    notice = [f"{word} Sent from my telephone, please excuse the brevity" for word in usual * 2]
    odd = {"cut": "long " * 200, "unreadable": "caf\ufffd was closed", "no_letters": "10/10 !!!", "short": "ok",
           "markup": "<br/>fine&nbsp;food", "foreign": "味道很好，下次再来"}  # fmt: skip
    lines = [
        *odd.values(),
        *(f"{number} {text}" for number, text in enumerate(notice)),
        *usual,
    ]
    dataset = read_texts(part("t.csv", "text,label\n" + "".join(f'"{line}",{n % 2}\n' for n, line in enumerate(lines))))
    found = {one.name: one.rows.tolist() for one in findings(dataset)}
    assert {name: found[name] for name in odd} == {name: [row] for row, name in enumerate(odd)}
    assert found["repeated"] == list(range(len(odd), len(odd) + 12))
    assert set(found) == {*odd, "repeated"}


def test_the_same_text_with_two_labels_contradicts_itself(read_texts, part):
    samples = read_texts(part("t.csv", "text,label\ngood food,1\nGood food,0\nbad food,0\n")).samples
    assert [rows.tolist() for rows in cases_duplicates.contradicting(samples)] == [[0, 1]]


TEXTS = [f"{praise} {thing}" for praise in ("a very fine", "the dullest", "so much for this")
         for thing in ("soup", "room", "book", "film", "walk", "talk", "song", "dish", "game", "ride")]  # fmt: skip
LONG = "it goes on and on " * 40
CHINESE = "这家酒店的房间很干净"
REVIEW = "The room was clean and quiet, the staff were friendly, and breakfast was a feast of fresh bread and fruit"


@pytest.fixture
def read(part):
    """Read a table of these texts, every other one of the class b; the page then finds it as d1."""

    def reading(*texts, broken=""):
        lines = "".join(f'"{text}",{"ab"[n % 2]}\n' for n, text in enumerate(texts))
        folder = paths.datasets() / "d1"
        folder.mkdir()
        brought = part("reviews.csv", f"text,label\n{lines}{broken}")
        reader.read([brought], folder, "d1", QUIET, count=lambda some: [len(text) + 2 for text in some])
        dataset_rows.add("local", "d1", "text_analysis", "reviews", sample=False)

    return reading


def look(part=None):
    """The page on these data, with a part of the check opened."""
    app = framed("en-GB")
    app.run()
    app.query_params["data"] = "d1"
    if part:
        app.session_state["text_analysis_check_en"] = part
    return sound(app.switch_page("text_analysis.py").run())


def captions(app):
    return [caption.value for caption in app.caption]


def told_findings(app):
    """The first line of each finding and its advice, without its icon."""
    told = [text.value.split("  \n") for text in app.markdown if ":small[" in text.value]
    return {title.split(" ", 1)[1]: advice.removeprefix(":small[").removesuffix("]") for title, advice in told}


def test_lengths_are_told_and_how_many_the_model_cuts(read):
    read(*TEXTS, LONG, REVIEW, f"{REVIEW}!")
    app = look("sizes")
    [told] = [text for text in captions(app) if text.startswith("Smallest 18, most common 18, largest 721.")]
    assert told.endswith("Over the model limit of 512 (dotted line): 1.")
    [layout] = [str(element.proto) for element in app.main if "casebook_plot" in str(getattr(element, "proto", ""))]
    assert "Length in tokens" in layout and "Count" in layout and '\\"x0\\": 512' in layout
    assert all(f'\\"{len(text) + 2}-' in layout for text in (REVIEW, f"{REVIEW}!"))  # a point each, however close


def test_copies_and_contradictions_are_told_in_words_for_texts(read):
    again = f"{CHINESE}，早餐也很好吃，下次还来"
    read(*TEXTS, REVIEW, REVIEW, f"{REVIEW}!", again, again)
    found = told_findings(look("found"))
    assert "At least one label is wrong." in found["**Duplicates with different labels** · 5 in 2 groups"]
    assert "Texts that differ in a few words" in found["**Duplicates and near-duplicates** · 5 in 2 groups"]


def test_bad_lines_are_listed_with_their_numbers(read):
    read(*TEXTS, broken=',a\nwords without a class,\n"never closed,b\n')
    listed = look("aside").dataframe[-1].value
    assert [name.split(":")[0] for name in listed["name"]] == [f"reviews.csv, line {line}" for line in (34, 32, 33)]
    assert set(listed["reason"]) == {
        "It holds no text.", "No class.", "A quotation mark is not closed, or text follows the closing one.",
    }  # fmt: skip
