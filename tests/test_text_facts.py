"""What is known of texts: their language, their copies, and what is worth a person's look."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from cases import duplicates as cases_duplicates
from cases.text_analysis import duplicates
from cases.text_analysis.checks import findings
from cases.text_analysis.code_points import blocks
from cases.text_analysis.text_stats import languages
from models.progress import QUIET
from models.text import tokenizer

DISHES = ("soup", "bread", "rice", "fish", "tea", "pie")
SENTENCE = "The waiter was friendly, the soup was hot, and we will certainly come back next year with our children"


def test_the_language_is_told_by_the_script():
    texts = ["很好吃，下次再来！", "Would come again", "用iPhone拍照很好看", "用 machine learning 做 text mining 任务",
             "これは本です", "Очень вкусно", "12:30 !!!", "很好", "ＦＵＬＬ ＷＩＤＴＨ", "𠮷野家"]  # fmt: skip
    assert languages(texts).tolist() == ["zh", "en", "zh", "mixed", "other", "other", "other", "zh", "en", "zh"]
    assert languages([]).tolist() == []


@given(st.lists(st.text(min_size=1), min_size=1))
def test_the_blocks_hold_every_character_once(texts):
    found = [
        "".join(map(chr, block.codes[begin:end]))
        for block in blocks(texts)
        for begin, end in zip(block.begins, [*block.begins[1:], len(block.codes)], strict=True)
    ]
    assert found == texts


def test_a_longer_text_than_a_block_is_a_block(monkeypatch):
    monkeypatch.setattr("cases.text_analysis.code_points.AT_ONCE", 5)
    found = blocks(["abc", "de", "f", "ghijklmnop", "q"])
    assert [(block.start, block.stop) for block in found] == [(0, 2), (2, 3), (3, 4), (4, 5)]


def copies_of(*texts):
    with TemporaryDirectory() as folder:
        found = duplicates.find(pd.Series(texts), Path(folder), QUIET)
    return found["same"].tolist(), found["alike"].tolist()


def test_spaces_capitals_and_full_width_forms_make_no_other_text():
    assert copies_of("Good  Food", "bad", "ＧＯＯＤ food", "good\nfood ") == ([0, -1, 0, 0], [0, -1, 0, 0])


def test_a_changed_word_makes_nearly_the_same_text():
    same, alike = copies_of(SENTENCE, "Something else that is about as long as the first", SENTENCE + "!", SENTENCE)
    assert (same, alike) == ([0, -1, -1, 0], [0, -1, 0, 0])


def test_short_texts_are_nearly_the_same_only_when_they_are_the_same():
    assert copies_of("好吃好吃好吃", "好吃好吃好吃！", "好吃好吃好吃")[1] == [0, -1, 0]


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


def test_many_copies_are_one_group_and_strangers_are_none():
    random = np.random.default_rng(0)
    strangers = ["".join(random.choice(list("abcdefghijklmnopqrstuvwxyz "), 80)) for _ in range(2000)]
    texts = [f"{SENTENCE}, number {number}" for number in range(500)] + strangers
    alike = np.array(copies_of(*texts)[1])
    assert len(set(alike[:500])) == 1 and alike[0] >= 0
    assert (alike[500:] == -1).all()


def test_the_same_text_with_two_labels_contradicts_itself(read_texts, part):
    samples = read_texts(part("t.csv", "text,label\ngood food,1\nGood food,0\nbad food,0\n")).samples
    assert [rows.tolist() for rows in cases_duplicates.contradicting(samples)] == [[0, 1]]


def test_what_is_worth_a_look_is_found(read_texts, part):
    usual = [f"{word} was not what we had hoped for at all" for word in ("soup", "bread", "rice", "fish", "tea", "pie")]
    notice = [f"{word} Sent from my telephone, please excuse the brevity" for word in usual * 2]
    odd = {"cut": "long " * 200, "unreadable": "caf\ufffd was closed", "no_letters": "10/10 !!!", "short": "ok",
           "markup": "<br/>fine&nbsp;food", "foreign": "味道很好，下次再来"}  # fmt: skip
    lines = [*odd.values(), *(f"{number} {text}" for number, text in enumerate(notice)), *usual]
    dataset = read_texts(part("t.csv", "text,label\n" + "".join(f'"{line}",{n % 2}\n' for n, line in enumerate(lines))))
    found = {one.name: one.rows.tolist() for one in findings(dataset)}
    assert {name: found[name] for name in odd} == {name: [row] for row, name in enumerate(odd)}
    assert found["repeated"] == list(range(len(odd), len(odd) + 12))
    assert set(found) == {*odd, "repeated"}


def test_the_tokens_of_a_text_are_counted_to_its_end(text_model):
    folder = text_model("multilingual-e5-small")
    tokeniser, uncut = tokenizer.load(folder), Tokenizer.from_file(str(folder / "tokenizer.json"))
    uncut.no_truncation()
    texts = ["", "好吃", "word " * 509, "word " * 510, "hello world " * 2000]
    lengths = tokeniser.lengths(texts)
    assert lengths == [len(uncut.encode(tokeniser.prefix + text).ids) for text in texts]
    assert len(tokeniser.ids(texts)[-1]) == tokeniser.most == 512 < lengths[-1]
