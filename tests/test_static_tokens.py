"""The tokens of a demo without a server are those of the app, in Node.js, which runs the page's own modules."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import made_texts
import pytest
from conftest import ROOT
from test_e5_tokens import CHINESE, ENGLISH, MIXED, TEXTS

from models.text import charsmap, tokenizer
from runs.exports.static_demo import library

LONG = (CHINESE + MIXED + ENGLISH) * 200
MARKS = [  # characters that the table replaces, alone, and with marks behind them
    "ﾊﾞｶﾞ", "e\u0301 é", "ﬁn\u0301", "１\ufe0f\u20e3", "가각\u1100\u1161", "ด้ำ", "\u00bd\u0301", "\u2126\u030a", "🇨🇳🇩🇪",
    "ﷺ", "a\u200db", "\r\n\r\nx", "\u3000　全角", "<s> </s> <mask> <unk>", "▁▁ ▁", "\U000f0000x", "\u0085x\u001c",
]  # fmt: skip


@pytest.fixture
def in_browser(tmp_path):
    """Tokens of texts, by the page, with the tokenizer of the model in a folder."""
    if not (shutil.which("node") and library.is_there()):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("Node.js brings what these demos need: make web")

    def ids(body, texts, windows=1):
        described, becomes = charsmap.separated(json.loads((body / "tokenizer.json").read_text("utf-8")))
        own = tokenizer.load(body)
        told = {"file": "tokenizer.json", "prefix": own.prefix, "most": own.most, "pad": own.pad,
                "charsmap": None if becomes is None else "charsmap.json",
                "windows": own.cutting(windows).stated() if windows > 1 else None}  # fmt: skip
        for name, content in (("model.json", {"tokenizer": told}), ("tokenizer.json", described),
                              ("charsmap.json", becomes), ("texts.json", texts)):  # fmt: skip
            (tmp_path / name).write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        command = ["node", ROOT / "web/test/tokens.mjs", tmp_path, tmp_path / "texts.json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return ids


def apps(body, texts, windows=1):
    several = tokenizer.load(body).windows([text.strip() for text in texts], windows)
    return [[one.tolist() for one in text] for text in several]


def test_a_small_tokenizer_gives_the_same(in_browser, text_body):
    texts = [text for text, _label in made_texts.said(50)]
    texts += ["很好，不坏。", "unknown words here", " the  food ", "the " * 100]
    assert in_browser(text_body, texts) == apps(text_body, texts)
    assert in_browser(text_body, texts, 3) == apps(text_body, texts, 3)
    assert [len(windows) for windows in apps(text_body, texts, 3)[-2:]] == [1, 3]


@pytest.mark.parametrize("name", ["multilingual-e5-small", "all-MiniLM-L6-v2"])
def test_a_packaged_tokenizer_gives_the_same(in_browser, text_model, name):
    body = text_model(name)
    texts = [*TEXTS.values(), *MARKS, *(one for text in TEXTS.values() for one in text.split()), LONG, "的" * 3000]
    assert in_browser(body, texts) == apps(body, texts)
