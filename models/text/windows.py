"""A text that is longer than a network reads, in windows one after the other; needs no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import numpy as np
from tokenizers import Tokenizer

T = TypeVar("T")
Texts = Sequence[Sequence[np.ndarray]]  # of each text its windows, (tokens,) each


@dataclass(frozen=True)
class Windows:
    """At most `count` windows of at most `most` tokens, each between the marks `begin` and `end`.

    The first is what a network reads that takes the start alone. `lead`: what the others begin with, as the first does:
    the tokens of the model's prefix.
    """

    count: int
    most: int
    begin: tuple[int, ...]
    end: tuple[int, ...]
    lead: tuple[int, ...]

    def slices(self, tokens: int) -> list[slice]:
        """Which of so many tokens, those of prefix and text without marks, each window takes."""
        first = self.most - len(self.begin) - len(self.end)
        stops = [*range(first, tokens, first - len(self.lead)), tokens][: self.count]
        return [slice(start, stop) for start, stop in zip([0, *stops[:-1]], stops, strict=True)]

    def cut(self, tokens: Sequence[T], begin: Sequence[T], end: Sequence[T], lead: Sequence[T]) -> list[list[T]]:
        """`tokens`, or what is known of each, in windows; with what stands for the marks and the prefix."""
        return [
            [*begin, *(lead if number else ()), *tokens[part], *end]
            for number, part in enumerate(self.slices(len(tokens)))
        ]

    def of(self, tokens: Sequence[int]) -> list[np.ndarray]:
        """(tokens,) int32 each."""
        return [np.array(one, np.int32) for one in self.cut(tokens, self.begin, self.end, self.lead)]

    def stated(self) -> dict[str, Any]:
        """Fit for JSON, without `most`, which stands beside it."""
        return {name: value for name, value in asdict(self).items() if name != "most"}


def known(tokenizer: Tokenizer, prefix: str, most: int, count: int) -> Windows:
    """Windows as this tokenizer marks a text."""
    with_marks, alone = tokenizer.encode("a"), tokenizer.encode("a", add_special_tokens=False).ids
    marks = np.array(with_marks.special_tokens_mask, bool)
    before = int(np.argmin(marks)) if not marks.all() else len(marks)
    ids = with_marks.ids
    begin, end = tuple(ids[:before]), tuple(ids[before + len(alone) :])
    lead = tuple(tokenizer.encode(prefix.rstrip(), add_special_tokens=False).ids) if prefix else ()
    both = tuple(tokenizer.encode(f"{prefix}a", add_special_tokens=False).ids)
    return Windows(count, most, begin, end, lead if both[: len(lead)] == lead else ())


def shares(texts: Texts) -> np.ndarray:
    """(texts, windows of all) float32: the share of its tokens that a text has in each of its own windows, 0 in those
    of others. Features of windows times these are the means over the texts, as if each had been read at once."""
    counts = [len(windows) for windows in texts]
    sizes = np.array([len(one) for windows in texts for one in windows], np.float32)
    own = np.repeat(np.arange(len(texts)), counts)[None] == np.arange(len(texts))[:, None]
    weighed = own * sizes
    return weighed / weighed.sum(1, keepdims=True)
