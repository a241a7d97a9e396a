"""The packaged text models: what the catalogue says of them, what is made of their files, and how texts are cut, also
by the page of a demo without a server.

The rules of the tokenizer of multilingual-e5-small stand here once more, over the tables of the package's file, as
plainly as they can be written.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import subprocess
import sys
import unicodedata
from dataclasses import replace
from itertools import groupby

import made_texts
import pytest
import torch
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as some
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Precompiled
from tokenizers.processors import BertProcessing

from cases.text_analysis import ngrams, standalone_predict
from models.errors import InputError
from models.pretrained import carriers, catalog, formats
from models.pretrained.formats.charsmap import compiled, decompiled
from models.text import charsmap, encoder, vocabulary
from models.text import tokenizer as text_tokenizer
from models.training import lora
from runs.exports.static_demo import library

pytestmark = pytest.mark.slow

E5, MINILM = map(catalog.find, ("multilingual-e5-small", "all-MiniLM-L6-v2"))
BOTH = pytest.mark.parametrize("known", [E5, MINILM], ids=lambda known: known.title)


def loaded(folder):
    from transformers import AutoModel

    return AutoModel.from_pretrained(folder, add_pooling_layer=False, output_loading_info=True)


@BOTH
def test_the_catalogue_is_right(known, text_model, tmp_path):
    assert catalog.is_here(known, tmp_path)
    assert "en" in known.languages and ("zh" in known.languages) == (known is E5)
    body = encoder.load_body(text_model(known.id))
    sizes = {name: parameter.numel() for name, parameter in body.named_parameters()}
    thin = {f"{name}.weight": lora.width(body.get_submodule(name)) for name in lora.targets(body)}
    blocks = tuple(
        (sum(sizes[name] for name in names), sum(thin.get(name, 0) for name in names))
        for names in encoder.block_names(body)
    )
    assert blocks == known.body.blocks
    assert known.body.fixed == body.get_input_embeddings().weight.numel()
    assert known.body.width == encoder.width(body)
    assert known.parameters == pytest.approx(known.body.parameters / 1e6, abs=0.06)
    assert known.size_mb == pytest.approx(carriers.find(known.carrier)[0].stat().st_size / 1e6, abs=0.06)


def test_e5_becomes_a_folder_like_any_other(text_model):
    folder = text_model(E5.id)
    assert folder.name == "multilingual-e5-small-1571fc982750"
    files = {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
    assert files < {path.name for path in folder.iterdir()}
    body, told = loaded(folder)
    assert not any(told.values()), told
    assert (type(body).__name__, body.config.num_hidden_layers, body.config.pad_token_id) == ("BertModel", 12, 1)
    assert body.embeddings.word_embeddings.weight.shape == (250_037, 384)
    assert all(torch.isfinite(values).all() for values in body.state_dict().values())


def test_minilm_is_copied_without_what_is_not_needed(text_model):
    folder = text_model(MINILM.id)
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json", "model.safetensors", "sentence_bert_config.json", "source.json", "tokenizer.json",
        "tokenizer_config.json",
    ]  # fmt: skip
    assert json.loads((folder / "source.json").read_text())["files"]["model.safetensors"] == MINILM.carrier.sha256
    _, told = loaded(folder)
    assert told.pop("unexpected_keys") == {"pooler.dense.bias", "pooler.dense.weight"}
    assert not any(told.values()), told


@BOTH
def test_a_tampered_file_is_refused(known, tmp_path, monkeypatch):
    data = bytearray(carriers.find(known.carrier)[0].read_bytes())
    data[-1] ^= 1
    file = tmp_path / "tampered_weights" / known.carrier.path
    file.parent.mkdir(parents=True)
    file.write_bytes(data)
    (tmp_path / "tampered_weights/__init__.py").write_text("raise SystemExit('this package was run')")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(InputError, match="The weights of this package have the SHA-256"):
        formats.unpack(known.id, replace(known.carrier, module="tampered_weights"), tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_a_character_becomes_what_the_table_says_and_others_stay():
    table = {"A": "a", "ß": "ss", "\x07": "", "㈱": "(株)", "𝔸": "A", "é": "e"}
    text = "AB ß\x07㈱㈲𝔸𝔹éè" + "".join(map(chr, range(0x100, 0x3000)))
    assert Precompiled(compiled(table)).normalize_str(text) == text.translate(str.maketrans(table))


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


def test_a_text_of_100_000_characters_is_cut_whole_and_then_to_the_limit(table, tokenizer, text_model):
    text = ((CHINESE + MIXED + ENGLISH) * 700)[:100_000]
    ids = table.ids(text)
    assert tokenizer(text)["input_ids"] == ids
    tokeniser = text_tokenizer.load(text_model("multilingual-e5-small"))
    [cut] = tokeniser.ids([text])
    assert cut.tolist() == [*table.ids("query: " + text)[:511], 2]
    texts = ["", "好吃", "word " * 509, "word " * 510, "hello world " * 2000]  # whose tokens are counted to their ends
    assert tokeniser.lengths(texts) == [len(table.ids("query: " + text)) for text in texts]
    assert tokenizer.decode(tokenizer(ENGLISH)["input_ids"], skip_special_tokens=True) == ENGLISH


@pytest.fixture(scope="module")
def e5(text_model):
    """The tokenizer of the default model, the same without its map, and the map."""
    rest, becomes = charsmap.separated(described(text_model))
    assert "Precompiled" not in json.dumps(rest["normalizer"])
    whole = Tokenizer.from_file(str(text_model("multilingual-e5-small") / "tokenizer.json"))
    return whole, Tokenizer.from_str(json.dumps(rest)), becomes


def described(text_model):
    return json.loads((text_model("multilingual-e5-small") / "tokenizer.json").read_text("utf-8"))


@given(text=some.text(max_size=60))
def test_the_same_tokens_for_any_text(e5, text):
    whole, rest, becomes = e5
    assert rest.encode(standalone_predict.mapped(becomes, text)).ids == whole.encode(text).ids


def test_texts_of_kept_pieces_are_cut_as_before_and_by_new_numbers_and_others_into_pieces_too(text_model):
    known, tokeniser = described(text_model), text_tokenizer.load(text_model("multilingual-e5-small"))
    texts = [text for text in TEXTS.values() if text]
    before = tokeniser.ids(texts)
    numbers = vocabulary.kept(known, {number for one in before for number in one.tolist()}, tokeniser.pad)
    fewer = Tokenizer.from_str(json.dumps(vocabulary.reduced(known, numbers)))
    assert len(numbers) < 0.7 * len(known["model"]["vocab"])
    for text, ids in zip(texts, before, strict=True):
        assert numbers[fewer.encode(tokeniser.prefix + text).ids].tolist() == ids.tolist()
    least = vocabulary.reduced(known, vocabulary.kept(known, set(), tokeniser.pad))  # where the data hold nothing
    fewer = Tokenizer.from_str(json.dumps(least))
    for text in ("微调会改变网络", "Unbelievably cheap!", "naïve café", "1,234.50 €"):
        assert fewer.token_to_id("<unk>") not in fewer.encode(text).ids


def test_marks_that_come_late_in_a_vocabulary_stand_around_a_text_by_their_new_numbers():
    pieces = ["[PAD]", "été", "naïf", "[UNK]", "[CLS]", "[SEP]", "good"]
    whole = Tokenizer(WordLevel({piece: number for number, piece in enumerate(pieces)}, "[UNK]"))
    for known in (json.loads(whole.to_str()), json.loads(marked(whole).to_str())):
        numbers = vocabulary.kept(known, [6], 0)
        fewer = Tokenizer.from_str(json.dumps(vocabulary.reduced(known, numbers)))
        assert numbers.tolist() == [0, 3, 4, 5, 6]
        assert fewer.encode("good").tokens == Tokenizer.from_str(json.dumps(known)).encode("good").tokens
        assert fewer.encode("good").ids == [fewer.token_to_id(piece) for piece in fewer.encode("good").tokens]


def marked(tokenizer):
    tokenizer.post_processor = BertProcessing(("[SEP]", 5), ("[CLS]", 4))
    return tokenizer


def test_a_table_of_characters_is_read_as_it_was_written():
    becomes = {"ﬁ": "fi", "é": "e", "ａ": "a", "﷼": "ريال", "\u00ad": ""}
    assert decompiled(compiled(becomes)) == becomes


# A demo without a server, in Node.js, by the modules of its page


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
    own = text_tokenizer.load(body)
    told = {"file": "tokenizer.json", "prefix": own.prefix, "most": own.most, "pad": own.pad,
            "charsmap": None if becomes is None else "charsmap.json",
            "windows": own.cutting(windows).stated() if windows > 1 else None}  # fmt: skip
    files = {"model": {"tokenizer": told}, "tokenizer": described, "charsmap": becomes, "texts": texts}
    return node("tokens.mjs", "", "texts.json", **files)


def apps(body, texts, windows=1):
    several = text_tokenizer.load(body).windows([text.strip() for text in texts], windows)
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
    for _kind, of_kind in kinds:
        alike = [character for _, (_, character) in of_kind]
        yield from alike if len(alike) <= 40 else alike[:20] + alike[-20:]


def test_the_page_counts_the_words_that_the_app_counts(node):
    beside = [f"a{one}b{one}" for one in characters()]
    texts = [*TEXTS.values(), *MARKS, LONG, "", "ΟΔΟΣ ΣΑΣ İI ß", "a\x1cb\ufeffc",
             *(" ".join(beside[start : start + 1000]) for start in range(0, len(beside), 1000))]  # fmt: skip
    words = dict.fromkeys(word for text in texts for word in ngrams.ngrams(text))
    vocabulary = {word: number for number, word in enumerate(words)}
    ours = [sorted(ngrams.counted(vocabulary, text).items()) or [(0, 0)] for text in texts]
    told = {"words": list(vocabulary), "longest": ngrams.LONGEST}
    theirs = node("ngrams.mjs", "words.json", "texts.json", words=told, texts=texts)
    differ = [text for text, one, other in zip(texts, ours, theirs, strict=True) if [*map(list, one)] != other]
    assert len(beside) > 15_000 and not differ, differ[:3]
