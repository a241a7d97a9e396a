"""What is heard is written down, and how far it is from what was said."""

from __future__ import annotations

import random

import pytest
from test_packaged_sounds import SPOKEN, spoken

from cases.speech.transcription import whisper
from models.errors import InputError
from models.evaluation.wer import Errors, align, between, of_characters, of_words
from models.progress import QUIET


def test_words_are_exchanged_missed_or_invented():
    said, heard = ["the", "cat", "sat", "down"], ["a", "cat", "down", "there"]
    assert between(said, said) == Errors(0, 0, 0, 4)
    assert between(said, heard) == Errors(1, 1, 1, 4)
    assert align(said, heard) == [
        ("the", "a"), ("cat", "cat"), ("sat", None), ("down", "down"), (None, "there"),
    ]  # fmt: skip
    assert align([], ["oh"]) == [(None, "oh")] and align([], []) == []


def test_rates_are_of_all_texts_together():
    words = of_words(["one two three", "four"], ["one too three", ""])
    assert words == Errors(1, 1, 0, 4) and words.rate == 0.5
    assert of_characters(["今天 下雨", "好"], ["今天下雪", "好"]) == Errors(1, 0, 0, 5)
    assert of_words([""], ["you there"]).rate == 2
    assert of_words([], []).rate == 0


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


def test_speech_is_written_down_as_the_engine_of_the_file_does(text_model):
    transcriber = whisper.load(text_model("whisper-tiny.en"))
    assert [one.tokens for one in transcriber.every(spoken(), QUIET)] == list(SPOKEN.values())
    assert [transcriber.text(one.tokens) for one in transcriber.written(spoken()[1:3])] == ["Three.", "Five."]
    assert transcriber.languages == ("en",)


def test_a_network_that_does_not_write_is_refused(text_model):
    folder = text_model("ge2e-speaker-encoder")
    with pytest.raises(InputError) as caught:
        whisper.load(folder)
    assert str(caught.value).startswith(f"The model in “{folder.name}” could not be built (")
    assert str(caught.value).endswith(
        "Transcription needs a complete Whisper model with decoder and tokenizer. Choose another model."
    )
