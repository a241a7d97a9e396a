"""A saved text model answers without torch, whatever it is given."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT

import cases
from cases.base import Prediction
from cases.text_analysis import predict
from models.errors import InputError


@pytest.fixture
def given(tmp_path):
    """Files that hold these texts or bytes."""

    def write(*contents):
        files = []
        for number, content in enumerate(contents):
            files.append(tmp_path / f"{number}.txt")
            files[-1].write_bytes(content if isinstance(content, bytes) else content.encode())
        return files

    return write


def test_texts_of_all_lengths_are_answered_in_their_order_as_the_script_says(learnt_texts, given):
    texts = ["where is it", "the food was lovely today", "很好", "bad " * 40, "it was so cold, very rude", "the"]
    answers = cases.get("text_analysis").tasks[0].predictor(learnt_texts)(given(*texts), show=True)
    expected = predict.predict(predict.load(learnt_texts), [text.strip() for text in texts])
    labels = ("blame", "praise", "question")
    for answer, shares in zip(answers, expected, strict=True):
        assert answer.labels == tuple(labels[i] for i in np.argsort(-shares))
        assert np.allclose(answer.probabilities, np.sort(shares)[::-1], atol=1e-5)
        assert answer.shown == ""
    assert [answer.labels[0] for answer in answers[:2]] == ["question", "praise"]


def test_of_a_text_that_is_too_long_the_beginning_is_read(learnt_texts, given):
    predictor = cases.get("text_analysis").tasks[0].predictor(learnt_texts)
    long, same = predictor(given("lovely " * 1000, "lovely " * 30))  # and a mark at each end: 32 tokens
    assert long == same


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "It holds no text."),
        (" \n\u3000".encode(), "It holds no text."),
        (b"good\0bad", "It contains invalid characters."),
        ("很好".encode("gb18030"), "It is not written in UTF-8."),
        (b"good " * 2**18, "It is larger than 1 MB."),
    ],
)
def test_what_cannot_be_read_is_answered_by_its_reason_beside_the_others(learnt_texts, given, content, reason):
    bad, good = cases.get("text_analysis").tasks[0].predictor(learnt_texts)(given(content, "good"))
    assert isinstance(bad, InputError) and isinstance(good, Prediction)
    assert str(bad) == (
        f"{reason} A text in Chinese, English or another language is needed, as UTF-8. Write or paste one, and try"
        " again."
    )


def test_a_mark_at_the_start_and_the_space_around_a_text_say_nothing(learnt_texts, given):
    predictor = cases.get("text_analysis").tasks[0].predictor(learnt_texts)
    marked, plain = predictor(given("\ufeff\r\n good food \n", "good food"))
    assert marked == plain


def test_nothing_is_answered_by_nothing(learnt_texts):
    assert cases.get("text_analysis").tasks[0].predictor(learnt_texts)([]) == []


def test_a_bundle_without_a_portable_model_says_so(tmp_path):
    with pytest.raises(InputError) as refused:
        cases.get("text_analysis").tasks[0].predictor(tmp_path)
    assert str(refused.value) == (
        "This run has no ONNX model. Predictions need the ONNX file of the bundle. Train again, or download the model "
        "and use its predict.py."
    )


def test_models_with_the_same_tokenizer_hold_it_once(learnt_texts):
    predictor = cases.get("text_analysis").tasks[0].predictor
    first, second = predictor(learnt_texts), predictor(learnt_texts)
    assert first.tokeniser is second.tokeniser


def test_it_needs_no_torch(learnt_texts, given):
    program = (
        "import sys, cases\nfrom pathlib import Path\n"
        "predictor = cases.get('text_analysis').tasks[0].predictor(Path(sys.argv[1]))\n"
        "[answer] = predictor([Path(sys.argv[2])])\n"
        "print(answer.labels[0], sorted({'torch', 'transformers'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program, learnt_texts, *given("good")]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == "praise []\n"
