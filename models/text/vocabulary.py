"""A tokenizer with fewer pieces, for a model that has to be small.

Texts that were made of kept pieces alone are cut as before: every other way to cut them is still there or gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from models.text.tokenizer import SPACE

KINDS = ("Unigram", "WordPiece", "WordLevel")  # of the others pieces are made of pieces, which must be there too
INNER = "##"  # begins a piece within a word, of WordPiece


def can_be_reduced(described: Mapping[str, Any]) -> bool:
    """Whether pieces may be left out of this content of tokenizer.json."""
    model = described["model"]
    return model["type"] in KINDS and not model.get("byte_fallback")


def kept(described: Mapping[str, Any], used: Iterable[int], pad: int) -> np.ndarray:
    """The numbers of the pieces that stay, in order: those that are `used`, marks, all single characters and all pieces
    of ASCII: Latin letters without accents, digits and signs."""
    first = range(pad + 1)  # networks that count positions tell `pad` by its number
    marks = [one["id"] for one in described.get("added_tokens", [])]
    pieces = _pieces(described)
    general = [number for number, piece in enumerate(pieces) if _is_general(piece)]
    unknown = described["model"].get("unk_id")
    numbers = {*used, *first, *marks, *general, *([] if unknown is None else [unknown])}
    if isinstance(described["model"].get("unk_token"), str):
        numbers.add(pieces.index(described["model"]["unk_token"]))
    return np.array(sorted(numbers), np.int64)


def _pieces(described: Mapping[str, Any]) -> list[str]:
    vocabulary = described["model"]["vocab"]
    if isinstance(vocabulary, list):
        return [piece for piece, _score in vocabulary]
    pieces = [""] * (max(vocabulary.values()) + 1)
    for piece, number in vocabulary.items():
        pieces[number] = piece
    return pieces


def _is_general(piece: str) -> bool:
    text = piece.removeprefix(SPACE).removeprefix(INNER)
    return len(text) == 1 or text.isascii()


def reduced(described: Mapping[str, Any], numbers: np.ndarray) -> dict[str, Any]:
    """The content of tokenizer.json with these pieces only, numbered anew in their order."""
    new = {old: place for place, old in enumerate(numbers.tolist())}
    model = dict(described["model"])
    if isinstance(model["vocab"], list):
        model["vocab"] = [model["vocab"][old] for old in new if old < len(model["vocab"])]
    else:
        model["vocab"] = {piece: new[old] for piece, old in model["vocab"].items() if old in new}
    if model.get("unk_id") is not None:
        model["unk_id"] = new[model["unk_id"]]
    made = {**described, "model": model}
    made["added_tokens"] = [{**one, "id": new[one["id"]]} for one in described.get("added_tokens", [])]
    if described.get("post_processor"):
        made["post_processor"] = _renumbered(described["post_processor"], new)
    if described.get("padding"):
        made["padding"] = {**described["padding"], "pad_id": new[described["padding"]["pad_id"]]}
    return made


def _renumbered(processor: Mapping[str, Any], new: Mapping[int, int]) -> dict[str, Any]:
    """What sets marks around a text, by the new numbers of the marks."""
    made = dict(processor)
    if "processors" in made:
        made["processors"] = [_renumbered(one, new) for one in made["processors"]]
    for end in ("sep", "cls"):
        if end in made:
            made[end] = [made[end][0], new[made[end][1]]]
    if "special_tokens" in made:
        marks = made["special_tokens"].items()
        made["special_tokens"] = {name: {**one, "ids": [new[old] for old in one["ids"]]} for name, one in marks}
    return made
