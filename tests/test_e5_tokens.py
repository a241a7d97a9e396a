"""The converted tokenizer of multilingual-e5-small cuts texts as its published rules say.

The rules stand here once more, over the tables of the package's file, as plainly as they can be written.
"""

from __future__ import annotations

import re
import struct
from itertools import groupby

import pytest

from models.pretrained import carriers, catalog
from models.text import tokenizer as text_tokenizer

ENGLISH = "Fine-tuning changes a pretrained network: it's cheap, isn't it?"
CHINESE = "微调会改变预训练网络的权重，而且很便宜，不是吗？"
MIXED = "用 PyTorch 微调BERT，再 deploy 到生产环境。Привет, мир! مرحبا ไทย 日本語のテキスト한국어"
TEXTS = {
    "english": ENGLISH,
    "chinese": CHINESE,
    "mixed scripts": MIXED,
    "emoji": "太好了👍👍🏽！！！ 🎉 👨‍👩‍👧 1️⃣ ☺️ done",
    "full-width": "ＡＢＣ　１２３，：；！？～（）％ ｶﾀｶﾅ ㈱ ㍿ ①Ⅳ½ ﬁ",
    "spaces": "  two  before,\ttab\nline\r\nnarrow\u2009none\u200bjoined\u200dlast  ",
    "controls": "a\x07b\x01c\x7fd\ufeffe\ufffdf",
    "rare": "𠀀𪚥𪚥龘 ꙮ ⵣ 😶‍🌫️ ∮∯ ﷺ",
    "code": "def f(x): return {'a': x ** 2}  # <b>&amp;</b> ___ ....... https://a.b/c?d=1&e=%20",
    "metaspace": "▁a▁▁b ▁",
    "one": "的",
    "space": " ",
    "empty": "",
}


class Table:
    """The pieces, their scores and the replacements of code points, as the file has them."""

    def __init__(self, data):
        count, *self.marks = struct.unpack_from("<5i", data, 44)
        [length] = struct.unpack_from("<Q", data, 64)
        bounds = struct.unpack_from(f"<{count + 1}I", data, 72)
        scores = struct.unpack_from(f"<{count}f", data, 72 + 4 * (count + 1))
        start = 72 + 4 * (2 * count + 1)
        texts = [data[start + bounds[n] : start + bounds[n + 1]].decode() for n in range(count)]
        self.pieces = {text: (score, n) for n, (text, score) in enumerate(zip(texts, scores, strict=True))}
        self.longest, self.unknown = max(map(len, texts)), min(scores) - 10
        self.becomes = {}
        place = start + length + 8
        for _ in range(struct.unpack_from("<i", data, start + length)[0]):
            point, many = struct.unpack_from("<IB", data, place)
            self.becomes[point] = "".join(map(chr, struct.unpack_from(f"<{many}I", data, place + 5)))
            place += 5 + 4 * many

    def ids(self, text):
        text = re.sub("  +", " ", text.translate(self.becomes)).replace(" ", "▁")
        if text and text[0] != "▁":
            text = "▁" + text
        best = {len(text): (0.0, 0, 0)}  # from a place to the end: score, first piece, where it stops
        for start in reversed(range(len(text))):
            ways = [(self.unknown + best[start + 1][0], 3, start + 1)]
            for stop in range(start + 1, min(start + self.longest, len(text)) + 1):
                if text[start:stop] in self.pieces:
                    score, piece = self.pieces[text[start:stop]]
                    ways.append((score + best[stop][0], piece, stop))
            best[start] = max(ways)
        path, place = [], 0
        while place < len(text):
            _, piece, place = best[place]
            path.append(piece)
        fused = [piece for piece, run in groupby(path) for piece in ([piece] if piece == 3 else run)]
        return [0, *fused, 2]


@pytest.fixture(scope="module")
def table():
    with carriers.find(catalog.find("multilingual-e5-small").carrier)[0].open("rb") as file:
        return Table(file.read(4_638_248))  # as far as the directory of the weights


@pytest.fixture(scope="module")
def tokenizer(text_model):
    """As anyone would load it."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(text_model("multilingual-e5-small"))


@pytest.mark.parametrize("name", TEXTS)
def test_it_cuts_as_the_rules_say(table, tokenizer, name):
    assert tokenizer(TEXTS[name])["input_ids"] == table.ids(TEXTS[name])


@pytest.mark.parametrize(
    ("text", "ids"),
    [  # as XLM-R, whose tokenizer it is, was published with
        ("Hello world!", [0, 35378, 8999, 38, 2]),
        ("你好，世界", [0, 6, 124084, 4, 3221, 2]),
        ("नमस्ते दुनिया", [0, 68700, 97883, 29405, 2]),
        ("مرحبا بالعالم", [0, 665, 193478, 258, 1705, 77796, 2]),
        ("Bonjour le monde", [0, 84602, 95, 11146, 2]),
        ("", [0, 2]),
        ("\U000f0000", [0, 6, 3, 2]),
        ("Ａ　　Ａ", [0, 62, 62, 2]),
    ],
)
def test_known_texts_have_the_known_numbers(tokenizer, text, ids):
    assert tokenizer(text)["input_ids"] == ids


def test_a_text_of_100_000_characters_is_cut_whole_and_then_to_the_limit(table, tokenizer, text_model):
    text = ((CHINESE + MIXED + ENGLISH) * 700)[:100_000]
    ids = table.ids(text)
    assert tokenizer(text)["input_ids"] == ids
    tokeniser = text_tokenizer.load(text_model("multilingual-e5-small"))
    [cut] = tokeniser.ids([text])
    assert cut.tolist() == [*table.ids("query: " + text)[:511], 2]


def test_a_tokenised_text_can_be_read_again(tokenizer):
    assert tokenizer.decode(tokenizer(ENGLISH)["input_ids"], skip_special_tokens=True) == ENGLISH
