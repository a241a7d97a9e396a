"""The compiled map of a tokenizer, read out: applied before a tokenizer without it, it gives the same tokens."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as some
from test_e5_tokens import TEXTS
from tokenizers import Tokenizer

from cases.text_analysis import standalone_predict
from models.pretrained.formats.charsmap import compiled, decompiled
from models.text import charsmap, vocabulary
from models.text import tokenizer as text_tokenizer

MAP = {"ﬁ": "fi", "Ａ": "A", "\u00a0": " ", "①": "1", "\u200b": "", "𝔸": "A", "ㅎ": "ᄒ"}


def test_what_was_compiled_is_read_out_again():
    assert decompiled(compiled(MAP)) == MAP


@pytest.fixture(scope="module")
def e5(text_model):
    """The tokenizer of the default model, the same without its map, and the map."""
    described = json.loads((text_model("multilingual-e5-small") / "tokenizer.json").read_text("utf-8"))
    rest, becomes = charsmap.separated(described)
    assert "Precompiled" not in json.dumps(rest["normalizer"])
    return Tokenizer.from_str(json.dumps(described)), Tokenizer.from_str(json.dumps(rest)), becomes


def test_the_map_of_the_default_model_holds_what_its_file_says(e5, text_model):
    blob = json.loads((text_model("multilingual-e5-small") / "tokenizer.json").read_text("utf-8"))
    compiled_map = base64.b64decode(blob["normalizer"]["normalizers"][0]["precompiled_charsmap"])
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


def test_texts_of_kept_pieces_are_cut_as_before_and_by_new_numbers(text_model):
    folder = text_model("multilingual-e5-small")
    described, tokeniser = json.loads((folder / "tokenizer.json").read_text("utf-8")), text_tokenizer.load(folder)
    texts = [text for text in TEXTS.values() if text]
    before = tokeniser.ids(texts)
    numbers = vocabulary.kept(described, {number for one in before for number in one.tolist()}, tokeniser.pad)
    fewer = Tokenizer.from_str(json.dumps(vocabulary.reduced(described, numbers)))
    assert len(numbers) < 0.7 * len(described["model"]["vocab"])
    for text, ids in zip(texts, before, strict=True):
        assert numbers[fewer.encode(tokeniser.prefix + text).ids].tolist() == ids.tolist()


@pytest.mark.parametrize("text", ["微调会改变网络", "Unbelievably cheap!", "naïve café", "1,234.50 €"])
def test_words_that_the_data_lack_are_still_cut_into_pieces(text, text_model):
    folder = text_model("multilingual-e5-small")
    described, tokeniser = json.loads((folder / "tokenizer.json").read_text("utf-8")), text_tokenizer.load(folder)
    numbers = vocabulary.kept(described, set(), tokeniser.pad)
    fewer = Tokenizer.from_str(json.dumps(vocabulary.reduced(described, numbers)))
    unknown = fewer.token_to_id("<unk>")
    assert unknown not in fewer.encode(text).ids
