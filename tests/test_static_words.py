"""The words that a demo without a server counts are those of the app, in Node.js, which runs the page's own module."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import unicodedata

import pytest
from conftest import ROOT
from test_e5_tokens import TEXTS
from test_static_tokens import LONG, MARKS

from cases.text_analysis import ngrams

SETS = ROOT.parent / "shared/data"
EVERY = [  # each character beside a letter, a thousand a text
    " ".join(f"a{one}b{one}" for one in some)
    for start in range(0, sys.maxunicode + 1, 1000)
    if (some := [chr(code) for code in range(start, min(start + 1000, sys.maxunicode + 1))
                 if unicodedata.category(chr(code)) not in ("Cn", "Cs")])
]  # fmt: skip


def set_texts():
    """The test texts of the sets in both languages, where they are."""
    for file in sorted(SETS.glob("txt_*/test.csv")):
        with file.open(encoding="utf-8-sig", newline="") as opened:
            yield from (max(row, key=len) for row in list(csv.reader(opened))[1:])


@pytest.fixture
def in_browser(tmp_path):
    """What the page counts of texts, by the list of words that the app would write."""
    if not shutil.which("node"):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("Node.js runs the page's module")

    def counted(vocabulary, texts):
        told = {"words": list(vocabulary), "longest": ngrams.LONGEST}
        for name, content in (("words.json", told), ("texts.json", texts)):
            (tmp_path / name).write_text(json.dumps(content), "utf-8")
        command = ["node", ROOT / "web/test/ngrams.mjs", tmp_path / "words.json", tmp_path / "texts.json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return counted


@pytest.mark.parametrize("name", ["texts of both languages", "every character", "the test texts of the sets"])
def test_the_page_counts_the_words_that_the_app_counts(in_browser, name):
    texts = {"texts of both languages": [*TEXTS.values(), *MARKS, LONG, "", "ΟΔΟΣ ΣΑΣ İI ß", "a\x1cb\ufeffc"],
             "every character": EVERY, "the test texts of the sets": list(set_texts())}[name]  # fmt: skip
    if not texts:
        pytest.skip("The sets are not here.")
    vocabulary = {word: number for number, word in enumerate(dict.fromkeys(
        word for text in texts for word in ngrams.ngrams(text)))}  # fmt: skip
    ours = [sorted(ngrams.counted(vocabulary, text).items()) or [(0, 0)] for text in texts]
    theirs = in_browser(vocabulary, texts)
    differ = [text for text, one, other in zip(texts, ours, theirs, strict=True) if [*map(list, one)] != other]
    assert not differ, differ[:3]
