"""Tokens and words that a demo without a server counts are those of the app, in Node.js, by the modules of its page."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import unicodedata
from itertools import groupby

import made_texts
import pytest
from conftest import ROOT
from test_packaged_texts import CHINESE, ENGLISH, MIXED, TEXTS

from cases.text_analysis import ngrams
from models.text import charsmap, tokenizer
from runs.exports.static_demo import library

SETS = ROOT.parent / "shared/data"
LONG = (CHINESE + MIXED + ENGLISH) * 200
MARKS = [  # characters that the table replaces, alone, and with marks behind them
    "ﾊﾞｶﾞ", "e\u0301 é", "ﬁn\u0301", "１\ufe0f\u20e3", "가각\u1100\u1161", "ด้ำ", "\u00bd\u0301", "\u2126\u030a", "🇨🇳🇩🇪",
    "ﷺ", "a\u200db", "\r\n\r\nx", "\u3000　全角", "<s> </s> <mask> <unk>", "▁▁ ▁", "\U000f0000x", "\u0085x\u001c",
]  # fmt: skip


@pytest.fixture
def node(tmp_path):
    """What one of the page's scripts prints that is given these files by their names."""
    if not (shutil.which("node") and library.is_there()):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("Node.js brings what these demos need: make web")

    def run(script, *arguments, **contents):
        for name, content in contents.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(content), "utf-8")
        command = ["node", ROOT / "web/test" / script, *(tmp_path / name for name in arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def pages(node, body, texts, windows=1):
    """Tokens of texts, by the page, with the tokenizer of the model in a folder."""
    described, becomes = charsmap.separated(json.loads((body / "tokenizer.json").read_text("utf-8")))
    own = tokenizer.load(body)
    told = {"file": "tokenizer.json", "prefix": own.prefix, "most": own.most, "pad": own.pad,
            "charsmap": None if becomes is None else "charsmap.json",
            "windows": own.cutting(windows).stated() if windows > 1 else None}  # fmt: skip
    files = {"model": {"tokenizer": told}, "tokenizer": described, "charsmap": becomes, "texts": texts}
    return node("tokens.mjs", "", "texts.json", **files)


def apps(body, texts, windows=1):
    several = tokenizer.load(body).windows([text.strip() for text in texts], windows)
    return [[one.tolist() for one in text] for text in several]


def test_a_small_tokenizer_gives_the_same(node, text_body):
    texts = [text for text, _label in made_texts.said(50)]
    texts += ["很好，不坏。", "unknown words here", " the  food ", "the " * 100]
    assert pages(node, text_body, texts) == apps(text_body, texts)
    assert pages(node, text_body, texts, 3) == apps(text_body, texts, 3)
    assert [len(windows) for windows in apps(text_body, texts, 3)[-2:]] == [1, 3]


@pytest.mark.parametrize("name", ["multilingual-e5-small", "all-MiniLM-L6-v2"])
def test_a_packaged_tokenizer_gives_the_same(node, text_model, name):
    body = text_model(name)
    texts = [*TEXTS.values(), *MARKS, *(one for text in TEXTS.values() for one in text.split()), LONG, "的" * 3000]
    assert pages(node, body, texts) == apps(body, texts)


def characters():
    """Of characters that follow each other and are of one kind, the first and last twenty."""
    every = ((code, chr(code)) for code in range(sys.maxunicode + 1))
    assigned = (one for one in every if unicodedata.category(one[1]) not in ("Cn", "Cs"))
    kinds = groupby(enumerate(assigned), lambda one: (
        one[1][0] - one[0], unicodedata.category(one[1][1]), one[1][1].lower() == one[1][1]))  # fmt: skip
    for _kind, some in kinds:
        alike = [character for _, (_, character) in some]
        yield from alike if len(alike) <= 40 else alike[:20] + alike[-20:]


def set_texts():
    """A hundred test texts of each set in both languages, where they are."""
    for file in sorted(SETS.glob("txt_*/test.csv")):
        with file.open(encoding="utf-8-sig", newline="") as opened:
            yield from (max(row, key=len) for row in list(csv.reader(opened))[1:101])


def test_the_page_counts_the_words_that_the_app_counts(node):
    beside = [f"a{one}b{one}" for one in characters()]
    texts = [*TEXTS.values(), *MARKS, LONG, "", "ΟΔΟΣ ΣΑΣ İI ß", "a\x1cb\ufeffc", *set_texts(),
             *(" ".join(beside[start : start + 1000]) for start in range(0, len(beside), 1000))]  # fmt: skip
    words = dict.fromkeys(word for text in texts for word in ngrams.ngrams(text))
    vocabulary = {word: number for number, word in enumerate(words)}
    ours = [sorted(ngrams.counted(vocabulary, text).items()) or [(0, 0)] for text in texts]
    told = {"words": list(vocabulary), "longest": ngrams.LONGEST}
    theirs = node("ngrams.mjs", "words.json", "texts.json", words=told, texts=texts)
    differ = [text for text, one, other in zip(texts, ours, theirs, strict=True) if [*map(list, one)] != other]
    assert len(beside) > 15_000 and not differ, differ[:3]
