"""What each token of a Whisper's tokenizer adds to a text, in bytes, so that other programs need no tokenizer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer

from models.errors import N_, InputError


@dataclass(frozen=True)
class Pieces:
    """`of_token`: for each number of a token a string, in which the character of code n is the byte n, or None for a
    token that adds nothing, as those that begin and end a text. `between`: what stands between two pieces."""

    of_token: Sequence[str | None]
    between: str


def of(tokenizer: Tokenizer) -> Pieces:
    """
    Raises:
        InputError: the tokenizer puts its texts together in another way.
    """
    decoder = json.loads(tokenizer.to_str())["decoder"]
    kind = decoder["type"] if decoder else None
    if kind not in ("ByteLevel", "Fuse", None):
        raise InputError(
            found=N_("The tokenizer of this model joins its tokens in a way that is not supported ({kind})."),
            expected=N_("A demo without a server needs the tokenizer of a Whisper model."),
            remedy=N_("Choose another model."),
            kind=str(kind),
        )
    special = {number for number, token in tokenizer.get_added_tokens_decoder().items() if token.special}
    words = {number: word for word, number in tokenizer.get_vocab().items() if number not in special}
    made = {number: _bytes(word, by_letter=kind == "ByteLevel").decode("latin-1") for number, word in words.items()}
    return Pieces([made.get(number) for number in range(max(made) + 1)], "" if kind else " ")


def _bytes(word: str, *, by_letter: bool) -> bytes:
    """`by_letter`: each stands for a byte, where all of them do."""
    if by_letter and all(letter in _BYTES for letter in word):
        return bytes(_BYTES[letter] for letter in word)
    return word.encode()


def _byte_of_letter() -> Mapping[str, int]:
    """A. Radford et al., "Language Models are Unsupervised Multitask Learners", 2019: printable characters of Latin-1
    stand for themselves, the other bytes for characters from U+0100 on."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = sorted(set(range(256)) - set(printable))
    return {chr(byte): byte for byte in printable} | {chr(256 + n): byte for n, byte in enumerate(others)}


_BYTES = _byte_of_letter()
