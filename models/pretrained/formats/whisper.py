"""Whisper as CTranslate2 keeps it: `model.bin`, read without its engine.

All is little-endian: version, name and revision of the format; the variables, each with its name, shape, type and
values; pairs of names for one variable. What several matrices multiply alike is stacked by rows: query, key and value
of self-attention, key and value of what the decoder attends to. Names and numbers end with a zero byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.pretrained.formats.binary import Reader

if TYPE_CHECKING:
    from transformers import WhisperConfig

VERSION, SPECIFICATION, REVISION = 6, "WhisperSpec", 3
DTYPES = ("<f4", "<i1", "<i2", "<i4", "<f2")
MARKS = {"eos": "<|endoftext|>", "start": "<|startoftranscript|>", "timestamps_off": "<|notimestamps|>"}
TABLES = {"position_encodings/encodings": "embed_positions.weight", "embeddings/weight": "embed_tokens.weight"}
PARTS = {
    "self_attention/layer_norm": ("self_attn_layer_norm",),
    "self_attention/linear_0": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "self_attention/linear_1": ("self_attn.out_proj",),
    "attention/layer_norm": ("encoder_attn_layer_norm",),
    "attention/linear_0": ("encoder_attn.q_proj",),
    "attention/linear_1": ("encoder_attn.k_proj", "encoder_attn.v_proj"),
    "attention/linear_2": ("encoder_attn.out_proj",),
    "ffn/layer_norm": ("final_layer_norm",), "ffn/linear_0": ("fc1",), "ffn/linear_1": ("fc2",),
}  # fmt: skip
MULTILINGUAL = 51_865  # tokens; those that know English only have one less, and tokens of languages all the same
KINDS = {"weight": "weight", "bias": "bias", "gamma": "weight", "beta": "bias"}


def convert(carrier: Path, folder: Path, *rest: Path) -> None:
    """Write the whole network, encoder and decoder, its tokenizer and how it hears, as transformers does.

    `rest` are further parts of the file. One with tokens for languages is multilingual.

    Raises:
        ValueError: the file is of another kind or version.
    """
    variables = dict(_variables(Reader(b"".join(part.read_bytes() for part in (carrier, *rest)))))
    tokens = _tokens(carrier.with_name("tokenizer.json"))
    marks = {mark: tokens[text] for mark, text in MARKS.items()}
    config = _config(variables, marks)
    _write_network(config, variables, folder)
    stated = json.loads(carrier.with_name("config.json").read_text("utf-8"))
    _write_generation(config, marks, stated, _languages(tokens, config.vocab_size), folder)
    _write_ears(config, folder)
    _write_tokenizer(carrier.with_name("tokenizer.json"), config, folder)


def _variables(reader: Reader) -> Iterator[tuple[str, np.ndarray]]:
    version, name, revision = reader.one("<u4"), _text(reader), reader.one("<u4")
    if (version, name, revision) != (VERSION, SPECIFICATION, REVISION):
        raise ValueError(
            f"Expected {SPECIFICATION} {REVISION} of version {VERSION}, found {name} {revision} of version {version}."
        )
    for _ in range(reader.one("<u4")):
        name = _text(reader)
        shape = reader.many("<u4", reader.one("u1")).tolist()
        dtype, _bytes = DTYPES[reader.one("u1")], reader.one("<u4")
        yield name, reader.many(dtype, int(np.prod(shape))).reshape(shape)


def _text(reader: Reader) -> str:
    return reader.text(reader.one("<u2")).removesuffix("\0")


def _tokens(tokenizer: Path) -> dict[str, int]:
    """Those that are no text, such as `<|endoftext|>`, with their numbers."""
    return {one["content"]: one["id"] for one in json.loads(tokenizer.read_text("utf-8"))["added_tokens"]}


def _languages(tokens: dict[str, int], vocabulary: int) -> dict[str, Any]:
    """What generation must know of a model that knows several languages; their tokens stand between two others."""
    if vocabulary < MULTILINGUAL:
        return {"is_multilingual": False}
    first, last = tokens[MARKS["start"]], tokens["<|translate|>"]
    languages = {text: number for text, number in tokens.items() if first < number < last}
    tasks = {task: tokens[f"<|{task}|>"] for task in ("transcribe", "translate")}
    return {"is_multilingual": True, "lang_to_id": languages, "task_to_id": tasks}


def _config(variables: dict[str, np.ndarray], marks: dict[str, int]) -> WhisperConfig:
    from transformers import WhisperConfig

    def shape(name: str) -> tuple[int, ...]:
        return variables[name].shape

    def layers(side: str) -> int:
        return len({name.split("/")[1] for name in variables if re.match(rf"{side}/layer_\d", name)})

    vocabulary, width = shape("decoder/embeddings/weight")
    return WhisperConfig(
        vocab_size=vocabulary, d_model=width, num_mel_bins=shape("encoder/conv1/weight")[1],
        max_source_positions=shape("encoder/position_encodings/encodings")[0],
        max_target_positions=shape("decoder/position_encodings/encodings")[0],
        encoder_layers=layers("encoder"), decoder_layers=layers("decoder"),
        encoder_attention_heads=variables["encoder/num_heads"].item(),
        decoder_attention_heads=variables["decoder/num_heads"].item(),
        encoder_ffn_dim=shape("encoder/layer_0/ffn/linear_0/weight")[0],
        decoder_ffn_dim=shape("decoder/layer_0/ffn/linear_0/weight")[0],
        bos_token_id=marks["eos"], eos_token_id=marks["eos"], pad_token_id=marks["eos"],
        decoder_start_token_id=marks["start"], suppress_tokens=None, begin_suppress_tokens=None,
    )  # fmt: skip


def _weights(variables: dict[str, np.ndarray]) -> Iterator[tuple[str, np.ndarray]]:
    """By the names of `WhisperModel`; what is stacked is taken apart. Settings, of one number or two, are left out."""
    for name, values in variables.items():
        side, _, rest = name.partition("/")
        if rest in TABLES:
            yield f"{side}.{TABLES[rest]}", values
        elif values.dtype == "<f2":
            block, _, kind = rest.rpartition("/")
            inner = re.match(r"layer_(\d+)/(.*)", block)
            names = [f"layers.{inner[1]}.{own}" for own in PARTS[inner[2]]] if inner else [block]
            for own, piece in zip(names, np.split(values, len(names)), strict=True):
                yield f"{side}.{own}.{KINDS[kind]}", piece


def _write_network(config: WhisperConfig, variables: dict[str, np.ndarray], folder: Path) -> None:
    import torch
    from transformers import WhisperForConditionalGeneration

    with torch.device("meta"):  # shapes without memory
        network = WhisperForConditionalGeneration(config)
    filled = {
        f"model.{name}": torch.from_numpy(values.astype(np.float32)) for name, values in _weights(variables)
        if not name.endswith("k_proj.bias")  # a zero in the stack: the network has none
    }  # fmt: skip
    network.load_state_dict({**filled, "proj_out.weight": filled["model.decoder.embed_tokens.weight"]}, assign=True)
    network.tie_weights()
    network.save_pretrained(folder)


def _write_generation(
    config: WhisperConfig, marks: dict[str, int], stated: dict[str, Any], languages: dict[str, Any], folder: Path
) -> None:
    from transformers import GenerationConfig

    GenerationConfig(
        **languages, max_length=config.max_target_positions, bos_token_id=marks["eos"],
        eos_token_id=marks["eos"], pad_token_id=marks["eos"], decoder_start_token_id=marks["start"],
        no_timestamps_token_id=marks["timestamps_off"], suppress_tokens=stated["suppress_ids"],
        begin_suppress_tokens=stated["suppress_ids_begin"],
    ).save_pretrained(folder)  # fmt: skip


def _write_ears(config: WhisperConfig, folder: Path) -> None:
    from transformers import WhisperFeatureExtractor

    WhisperFeatureExtractor(feature_size=config.num_mel_bins).save_pretrained(folder)


def _write_tokenizer(source: Path, config: WhisperConfig, folder: Path) -> None:
    from transformers import PreTrainedTokenizerFast

    PreTrainedTokenizerFast(
        tokenizer_file=str(source), model_max_length=config.max_target_positions,
        bos_token=MARKS["eos"], eos_token=MARKS["eos"], unk_token=MARKS["eos"], pad_token=MARKS["eos"],
    ).save_pretrained(folder)  # fmt: skip
