"""Texts as the numbers that a pretrained language model reads; without torch, so that predictions need none."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from models.errors import N_, InputError
from models.pretrained import model_folder
from models.text import windows
from models.text.windows import Texts, Windows

FILES = (  # all that the tokenizer of a model is made of, and what tells how it is used
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "config_sentence_transformers.json",
    "sentence_bert_config.json",
)  # fmt: skip
SPACE = "\u2581"  # how Unigram tokenizers write it
AT_ONCE = 1000  # texts handed to the tokenizer, which keeps a lot for each
CHARACTERS_AT_ONCE = 500_000  # of them; each takes 270 bytes until it is counted
CHARACTERS = 100  # of a token at most; a text is cut by them first, for all of it would be kept until it is cut
COUNTED = 100_000  # characters of a text whose tokens are counted; a longer one has as many more as it is longer


@dataclass(frozen=True)
class Tokeniser:
    """How one model wants its texts: `prefix` before each, cut to its tokenizer's limit, `pad` to fill a batch."""

    tokenizer: Tokenizer
    prefix: str
    pad: int

    @property
    def most(self) -> int:
        """Tokens of a text, with the marks at both ends."""
        return limit(self.tokenizer)

    def ids(self, texts: Sequence[str]) -> list[np.ndarray]:
        """(tokens,) int32 for each text; one that is too long loses its end."""
        longest = CHARACTERS * self.most
        return [
            np.array(encoded.ids, np.int32)
            for some in _some([(self.prefix + text)[:longest] for text in texts])
            for encoded in self.tokenizer.encode_batch_fast(some)
        ]

    def cutting(self, count: int) -> Windows:
        """How a text becomes at most so many windows."""
        return windows.known(self.tokenizer, self.prefix, self.most, count)

    def windows(self, texts: Sequence[str], count: int) -> list[list[np.ndarray]]:
        """(tokens,) int32 for each window of each text, at most `count` of them; what is beyond them is lost."""
        if count == 1:
            return [[one] for one in self.ids(texts)]
        cutting, longest = self.cutting(count), CHARACTERS * self.most * count
        marks = slice(len(cutting.begin), -len(cutting.end) or None)
        return [
            cutting.of([token for part in (encoded, *encoded.overflowing[:count]) for token in part.ids[marks]])
            for some in _some([(self.prefix + text)[:longest] for text in texts])
            for encoded in self.tokenizer.encode_batch_fast(some)
        ]

    def batch(self, texts: Texts, *, pooled: bool) -> dict[str, np.ndarray]:
        """The windows of several texts as the network reads them at once, see `padded`; where they are `pooled` also
        window_weights (texts, windows), see `models.text.windows.shares`."""
        given = self.padded([one for several in texts for one in several])
        return {**given, "window_weights": windows.shares(texts)} if pooled else given

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, with the marks at both ends, as if none were too long; beyond `COUNTED` an estimate."""
        marks = self.tokenizer.num_special_tokens_to_add(False)
        counted = [
            len(encoded) + sum(len(rest) - marks for rest in encoded.overflowing)
            for some in _some([self.prefix + text[:COUNTED] for text in texts])
            for encoded in self.tokenizer.encode_batch_fast(some)
        ]
        return [round(n * max(1.0, len(text) / COUNTED)) for n, text in zip(counted, texts, strict=True)]

    def pieces(self, texts: Sequence[str]) -> list[list[str]]:
        """Each text taken apart as the model reads it, without prefix and marks, and without the sign for a space."""
        return [
            [piece for token in encoded.tokens if (piece := token.strip(SPACE))]
            for some in _some(texts)
            for encoded in self.tokenizer.encode_batch(some, add_special_tokens=False)
        ]

    def padded(self, ids: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        """What the network reads at once: int64 input_ids and attention_mask, both (texts, longest)."""
        lengths = np.array([len(one) for one in ids])
        mask = np.arange(lengths.max()) < lengths[:, None]
        filled = np.full(mask.shape, self.pad, np.int64)
        filled[mask] = np.concatenate(ids)
        return {"input_ids": filled, "attention_mask": mask.astype(np.int64)}


def _some(texts: Sequence[str]) -> Iterator[list[str]]:
    """All of them in order, few enough at once for the tokenizer to keep."""
    some: list[str] = []
    size = 0
    for text in texts:
        if some and (len(some) == AT_ONCE or size + len(text) > CHARACTERS_AT_ONCE):
            yield some
            some, size = [], 0
        some.append(text)
        size += len(text)
    if some:
        yield some


def limit(tokenizer: Tokenizer) -> int:
    """Tokens that it leaves of a text, with the marks at both ends."""
    if tokenizer.truncation is None:
        raise ValueError("This tokenizer cuts no text.")
    return tokenizer.truncation["max_length"]


def load(folder: Path) -> Tokeniser:
    """That of the model in `folder`; a prefix and a lower limit are found where sentence-transformers writes them.

    Raises:
        InputError: there is no tokenizer.json.
    """
    if not (folder / "tokenizer.json").exists():
        raise InputError(
            found=N_("The model in “{folder}” has no tokenizer.json."),
            expected=N_("A text model needs its tokenizer beside its weights."),
            remedy=N_("Save it there with transformers’ AutoTokenizer and save_pretrained, or choose another model."),
            folder=folder.name,
        )
    with model_folder.building(folder, N_("A text model needs its tokenizer beside its weights.")):
        return _load(folder)


def _load(folder: Path) -> Tokeniser:
    config, prompts = _stated(folder, "config.json"), _stated(folder, "config_sentence_transformers.json")
    limits = (
        config.get("max_position_embeddings"),
        _stated(folder, "tokenizer_config.json").get("model_max_length"),
        _stated(folder, "sentence_bert_config.json").get("max_seq_length"),
    )
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # the library raises nothing more special
        raise ValueError(str(error)) from error
    tokenizer.enable_truncation(min(limit for limit in limits if limit))
    tokenizer.no_padding()  # some files ask for as many tokens in every text
    prefix = prompts.get("prompts", {}).get(prompts.get("default_prompt_name"), "")
    return Tokeniser(tokenizer, prefix, config.get("pad_token_id") or 0)


def _stated(folder: Path, name: str) -> dict[str, Any]:
    file = folder / name
    return json.loads(file.read_text("utf-8")) if file.exists() else {}
