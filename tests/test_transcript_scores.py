"""How texts are compared, how tokens are written, what is heard, and where long recordings are cut."""

from __future__ import annotations

import random

import numpy as np
import pytest
from sounds import said
from test_packaged_sounds import SPOKEN

from cases.speech.transcription import greedy_decoder, label_losses, whisper
from cases.speech.transcription.evaluation import Judge
from cases.speech.transcription.greedy_decoder import DecodedText, DecodingConfig
from cases.speech.transcription.predictor import windows
from models.evaluation import wer
from models.evaluation.wer import Errors, align, between
from models.progress import QUIET
from models.text.spoken_text import plain


def test_texts_are_compared_by_what_was_said_also_in_brackets():
    assert [plain("en")(text) for text in ("Nine.", "It's THREE, um, cats!")] == ["9", "it is 3 cats"]
    assert plain("zh")("今天，很好。OK") == "今 天 很 好 o k"
    assert plain("de")("Guten Tag, Straße!") == "guten tag straße"
    assert plain("hi")("हिन्दी।") == "हिन्दी"  # its vowel signs are said
    assert plain("en")("a (nice) [big] <cat>") == "a nice big cat"
    assert Judge("zh").rates(["百盛(天山店A楼)"], ["百盛天山店A楼"])["cer"] == 0
    assert Judge("zh").rates(["[门口]见（南门）"], ["门口见南"])["cer"] == pytest.approx(1 / 5)


@pytest.mark.parametrize(("language", "alike"), [
    ("zh", ("15个", "一五个", "十五个")), ("zh", ("3.5元", "三点五元")), ("zh", ("200块", "两百块", "二百块")),
    ("zh", ("123", "一百二十三")), ("zh", ("2024年", "二零二四年", "二〇二四年")),
    ("zh", ("50%", "百分之五十", "50％")),
    ("zh", ("3500", "三千五", "3,500", "三千五百")), ("zh", ("30000人", "3万人", "三万人", "30,000人")),
    ("zh", ("2005", "两千零五", "兩千零五")), ("zh", ("5个", "五个")), ("zh", ("第1", "第一")),
    ("en", ("15", "fifteen", "one five")), ("en", ("2005", "two thousand and five", "2,005")),
    ("en", ("3.5", "three point five")), ("en", ("oh my", "Oh, my!")),
])  # fmt: skip
def test_numbers_are_compared_by_their_value(language, alike):
    assert len(set(map(plain(language), alike))) == 1


def test_errors_of_spelling_alone_are_counted_apart():
    def share(language, said, heard):
        return Judge(language).figures([said], [heard])["spelling"]["value"]

    assert share("en", "an ice cream for Michael", "an icecream for Micheal") == 1
    assert share("en", "the colour of realised travelling", "the color of realized traveling") == 1
    assert share("en", "she walked to the house", "she walks to the horse") == 0
    assert share("en", "no cat", "no hat") == share("en", "no cat", "no cat") == 0
    assert share("zh", "他的做法很好", "她地作法很坏") == 0.75


def test_a_rate_has_an_interval_that_few_texts_make_wide():
    some = wer.interval([Errors(said=4)] * 5)
    many = wer.interval([Errors(said=4)] * 500)
    assert some["value"] == some["low"] == many["value"] == 0
    assert 0 < many["high"] < 0.02 < some["high"]
    mixed = wer.interval([Errors(1, 1, 0, 4), Errors(said=4)] * 20)
    assert mixed["value"] == 0.25 and 0.1 < mixed["low"] < 0.25 < mixed["high"] < 0.45
    assert mixed == wer.interval([Errors(said=4)] * 20 + [Errors(1, 1, 0, 4)] * 20)  # in whichever texts they are


def test_a_judge_tells_figures_and_single_texts():
    judge = Judge("en")
    figures = judge.figures(["Two cats.", "No"], ["two hats", "No"])
    assert {name: round(one["value"], 3) for name, one in figures.items()} == {
        "wer": 0.333, "cer": 0.143, "raw_wer": 0.667, "raw_cer": 0.3, "spelling": 0,
    }  # fmt: skip
    table = judge.table(np.array([4, 7]), ["Two cats.", "No"], ["two hats", "No"], ["to", "no"], confidence=[0.5, 0.9])
    assert table.to_dict("records")[0] == {
        "id": 4, "label": "Two cats.", "predicted": "two hats", "confidence": 0.5, "before": "to",
        "plain_label": "2 cats", "plain_predicted": "2 hats", "wrong": 1, "wrong_before": 2, "right": False,
    }  # fmt: skip
    assert judge.pieces("Two cats.", "two") == [("2", "2"), ("cats", None)]
    assert judge.near("cats", "cats") == 1 and judge.near("cats", "") == 0


def test_tokens_are_written_by_the_rules():
    known = DecodingConfig(prefix=(1, 2), end=0, never=(5,), never_first=(0, 3))
    asked = []

    def step(tokens):
        asked.append(tokens.tolist())
        scores = np.zeros((len(tokens), 6), np.float32)
        scores[:, 5], scores[:, 3], scores[:, 4] = 9, 3, 2
        if len(asked) > 2:
            scores[: len(asked) - 2, 0] = 8
        return scores

    one, other = greedy_decoder.write(step, 2, known)
    assert asked == [[[1, 2], [1, 2]], [[4], [4]], [[3], [3]], [[0], [3]]]
    assert (one.tokens, other.tokens) == ([4, 3], [4, 3, 3])
    assert 0 < other.sureness < one.sureness < 1
    assert (one.margin, other.margin) == (1, 1)
    assert greedy_decoder.without(known, [3, 5]) == DecodingConfig((1, 2), 0, (), (0,))
    plain = DecodingConfig((1,), 0, (), ())  # of an empty text nothing is sure
    assert greedy_decoder.write(lambda tokens: np.eye(1, 4, dtype=np.float32), 1, plain) == [
        DecodedText([], pytest.approx(np.e / (np.e + 3)), 1.0)
    ]


def test_a_long_recording_is_cut_where_it_is_quiet():
    wave = np.random.default_rng(0).normal(0, 0.1, 70 * 16_000).astype(np.float32)
    wave[25 * 16_000 : 25 * 16_000 + 8000] = 0
    (first, cut), *_others, (_, end) = windows(wave)
    assert first == 0 and 25 * 16_000 < cut < 25 * 16_000 + 8000 and end == len(wave)
    assert windows(wave[:1000]) == [(0, 1000)]


def test_only_what_lies_far_beyond_its_own_part_is_surprising():
    losses, parts = np.full(40, 0.1) + np.arange(40) / 1000, np.repeat(["train", "test"], 20)
    losses[20:] += 2.0  # what was not learnt is less well known
    losses[[3, 30]] = 1.5, 9.0
    assert np.flatnonzero(label_losses.surprise(losses, parts) > 0).tolist() == [3, 30]
    assert not label_losses.surprise(np.full(10, 0.2), np.repeat("test", 10)).any()


def test_words_are_exchanged_missed_or_invented():
    said, heard = ["the", "cat", "sat", "down"], ["a", "cat", "down", "there"]
    assert between(said, said) == Errors(0, 0, 0, 4)
    assert between(said, heard) == Errors(1, 1, 1, 4)
    assert align(said, heard) == [
        ("the", "a"), ("cat", "cat"), ("sat", None), ("down", "down"), (None, "there"),
    ]  # fmt: skip
    assert align([], ["oh"]) == [(None, "oh")] and align([], []) == []


def test_the_fewest_differences_are_found():
    """Against the rule as Levenshtein wrote it, on random strings."""
    chance = random.Random(0)

    def fewest(one, other):
        rows = list(range(len(other) + 1))
        for number, left in enumerate(one, start=1):
            before, rows[0] = rows[0], number
            for place, right in enumerate(other, start=1):
                before, rows[place] = rows[place], min(rows[place] + 1, rows[place - 1] + 1, before + (left != right))
        return rows[-1]

    for _ in range(200):
        one, other = ("".join(chance.choices("abc", k=chance.randrange(12))) for _ in range(2))
        errors = between(one, other)
        assert errors.exchanged + errors.missed + errors.invented == fewest(one, other)
        pairs = align(one, other)
        assert "".join(left or "" for left, _ in pairs) == one
        assert "".join(right or "" for _, right in pairs) == other


@pytest.mark.slow
def test_speech_is_written_down_as_the_engine_of_the_file_does(text_model):
    transcriber = whisper.load(text_model("whisper-tiny.en"))
    heard = [one.tokens for one in transcriber.every(said(SPOKEN)[:3], QUIET)]
    assert heard == list(SPOKEN.values())[:3]
    assert [transcriber.text(tokens) for tokens in heard] == ["3", "Five.", "Seven."]
    assert transcriber.languages == ("en",)
