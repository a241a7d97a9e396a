"""The reference that only counts words."""

from __future__ import annotations

import numpy as np
import pytest

from cases.text_analysis.ngrams import ngrams as words
from cases.text_analysis.tfidf import WordCounts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Good food", ["good", "food", "good food"]),
        ("很好 very", ["很", "好", "很 好", "very", "好 very"]),
        ("好吃ok", ["好", "吃", "好 吃", "ok", "吃 ok"]),
        ("!😀", ["!", "😀", "! 😀"]),
        ("不 好吃!", ["不", "好", "不 好", "吃", "好 吃", "不 好 吃", "!", "吃 !"]),
    ],
)
def test_a_text_is_counted_by_words_signs_and_chinese_characters_and_their_neighbours(text, found):
    assert list(words(text)) == found


def test_it_learns_in_both_languages_which_words_go_with_which_class():
    texts = ["好吃，推荐", "味道很好", "难吃，太慢", "送来都凉了", "tasty and quick", "cold and slow"]
    counted = WordCounts(texts, np.array([1, 1, 0, 0, 1, 0]))
    assert counted.guesses(["很好吃", "太慢了", "quick", "slow"]).tolist() == [1, 0, 1, 0]


def test_where_everything_is_of_one_class_that_is_the_answer():
    assert WordCounts(["a", "b"], np.array([3, 3])).guesses(["c"]).tolist() == [3]


def test_a_text_of_a_million_characters_is_read_at_its_beginning_only():
    assert sum(1 for _ in words("好" * 1_000_000)) == 14_997


def test_probabilities_name_every_class_also_one_that_no_text_was_labelled_with():
    counted = WordCounts(["good film", "bad film", "good book", "bad book"] * 3, np.array([0, 2, 0, 2] * 3))
    told = counted.probabilities(["good", "bad"], 4)
    assert told.shape == (2, 4) and np.allclose(told.sum(1), 1) and not told[:, [1, 3]].any()
    assert told.argmax(1).tolist() == [0, 2]
    assert WordCounts(["one", "two"], np.array([1, 1])).probabilities(["three"], 2).tolist() == [[0.0, 1.0]]
