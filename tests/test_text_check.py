"""The check of texts: their languages and lengths, what stands out, and what is set aside, in words that fit texts."""

from __future__ import annotations

import pytest
from conftest import ROOT
from streamlit.testing.v1 import AppTest

from cases.text_analysis import reader
from models.progress import QUIET
from runs import paths
from runs.store import dataset_rows

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


@pytest.fixture
def look():
    """The page on these data, with a part of the check opened."""

    def opening(part=None):
        app = AppTest.from_file(str(ROOT / "pages/frame.py"), default_timeout=60)
        app.context = {"locale": "en-GB", "timezone": "Europe/London"}
        app.run()
        app.query_params["data"] = "d1"
        if part:
            app.session_state["text_analysis_check_en"] = part
        app.switch_page("text_analysis.py").run()
        assert not app.exception
        return app

    return opening


def captions(app):
    return [caption.value for caption in app.caption]


def findings(app):
    """The first line of each finding and its advice, without its icon."""
    told = [text.value.split("  \n") for text in app.markdown if ":small[" in text.value]
    return {title.split(" ", 1)[1]: advice.removeprefix(":small[").removesuffix("]") for title, advice in told}


def test_good_texts_are_ready_and_their_languages_are_counted(read, look):
    read(*TEXTS, CHINESE)
    app = look()
    assert app.success[0].value == "Ready: 31 examples in 2 classes; 23 training, 4 validation, 4 test."
    assert "Language: English 30 · Chinese 1" in captions(app)


def test_lengths_are_told_and_how_many_the_model_cuts(read, look):
    read(*TEXTS, LONG)
    app = look("sizes")
    assert (
        "Smallest 18, most common 18, largest 721. Click a point to see its examples. Over the model limit of "
        "512 (dotted line): 1."
    ) in captions(app)
    [layout] = [str(element.proto) for element in app.main if "casebook_plot" in str(getattr(element, "proto", ""))]
    assert "Length in tokens" in layout and "Count" in layout and '\\"x0\\": 512' in layout


def test_copies_and_contradictions_are_told_in_words_for_texts(read, look):
    again = f"{CHINESE}，早餐也很好吃，下次还来"
    read(*TEXTS, REVIEW, REVIEW, f"{REVIEW}!", again, again)
    found = findings(look("found"))
    assert found["**Duplicates with different labels** · 5 in 2 groups"] == (
        "At least one label is wrong. Correct it, or exclude all."
    )
    assert found["**Duplicates and near-duplicates** · 5 in 2 groups"] == (
        "Texts that differ in a few words or characters. Check them before excluding any."
    )


def test_bad_lines_are_listed_with_their_numbers(read, look):
    read(*TEXTS, broken=',a\nwords without a class,\n"never closed,b\n')
    app = look("aside")
    assert [name.split(":")[0] for name in app.dataframe[-1].value["name"]] == [
        "reviews.csv, line 34", "reviews.csv, line 32", "reviews.csv, line 33"
    ]  # fmt: skip
    assert set(app.dataframe[-1].value["reason"]) == {
        "It holds no text.", "No class.",
        "A quotation mark is not closed, or text follows the closing one.",
    }  # fmt: skip


def test_nothing_set_aside_is_said_of_any_medium(read, look):
    read(*TEXTS)
    assert "Nothing was skipped." in [markdown.value for markdown in look("aside").markdown]
