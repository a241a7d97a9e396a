"""How far what was heard is from what was said, in words or in characters; no torch.

The rate of errors is the fewest words to exchange, leave out or put in, by the number of words that were said (V.
Levenshtein, "Binary codes capable of correcting deletions, insertions, and reversals", 1966).

jiwer counts as many errors in all, but where several alignments have the fewest it takes any, and of one text in twelve
calls other words exchanged. The table of confusions wants the alignment with the most words in common, and beside that
a second count would bring nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from models.evaluation.metrics import Interval


@dataclass(frozen=True)
class Errors:
    """Counts; `said`: of all words, or characters, of the reference."""

    exchanged: int = 0
    missed: int = 0
    invented: int = 0
    said: int = 0

    @property
    def wrong(self) -> int:
        return self.exchanged + self.missed + self.invented

    @property
    def rate(self) -> float:
        """May exceed one; of nothing said it is the number of inventions."""
        return self.wrong / max(self.said, 1)

    def __add__(self, other: Errors) -> Errors:
        return Errors(
            self.exchanged + other.exchanged, self.missed + other.missed, self.invented + other.invented,
            self.said + other.said,
        )  # fmt: skip


def of_words(said: Iterable[str], heard: Iterable[str]) -> Errors:
    """Of all texts together, divided at spaces."""
    pairs = zip(said, heard, strict=True)
    return sum((between(one.split(), other.split()) for one, other in pairs), Errors())


def of_characters(said: Iterable[str], heard: Iterable[str]) -> Errors:
    """Of all texts together, without their spaces, which are no sound."""
    pairs = zip(said, heard, strict=True)
    return sum((between("".join(one.split()), "".join(other.split())) for one, other in pairs), Errors())


def interval(each: Sequence[Errors], *, resamples: int = 1000, level: float = 0.95) -> Interval:
    """The rate of all texts together, with its percentile bootstrap interval over texts (M. Bisani and H. Ney,
    "Bootstrap estimates for confidence intervals in ASR performance evaluation", 2004).

    Two texts of the usual length are added to those that are drawn from, one heard well and one not at all, so that
    few texts without a mistake do not look certain. Equal errors have equal intervals, in whichever texts they are.
    """
    each = sorted(each, key=lambda one: (one.wrong, one.said))
    usual = sum(one.said for one in each) / max(len(each), 1)
    wrong, said = (np.array([*values, *added], float) for values, added in (
        ([one.wrong for one in each], (0, usual)), ([one.said for one in each], (usual, usual)),
    ))  # fmt: skip
    drawn = np.random.default_rng(0).integers(0, len(said), (resamples, len(each)))
    values = wrong[drawn].sum(1) / np.maximum(said[drawn].sum(1), 1)
    value = sum(each, Errors()).rate
    low, high = map(float, np.quantile(values, [(1 - level) / 2, (1 + level) / 2]))
    return {"value": value, "low": min(low, value), "high": max(high, value)}


def between(said: Sequence[str], heard: Sequence[str]) -> Errors:
    pairs = align(said, heard)
    missed, invented = (sum(pair[side] is None for pair in pairs) for side in (1, 0))
    changed = sum(one != other for one, other in pairs)
    return Errors(changed - missed - invented, missed, invented, len(said))


def align(said: Sequence[str], heard: Sequence[str]) -> list[tuple[str | None, str | None]]:
    """What was heard beside what was said, None for nothing: with the fewest differences, then the most in common."""
    alone = len(said) + len(heard) + 1  # price of what has no partner; an exchange is a trifle dearer
    prices = _prices(said, heard, alone)
    pairs: list[tuple[str | None, str | None]] = []
    one, other = len(said), len(heard)
    while one or other:
        here = prices[one, other]
        exchange = (alone + 1) * (one and other and said[one - 1] != heard[other - 1])
        if one and other and here == prices[one - 1, other - 1] + exchange:
            one, other = one - 1, other - 1
            pairs.append((said[one], heard[other]))
        elif one and here == prices[one - 1, other] + alone:
            one -= 1
            pairs.append((said[one], None))
        else:
            other -= 1
            pairs.append((None, heard[other]))
    return pairs[::-1]


def _prices(said: Sequence[str], heard: Sequence[str], alone: int) -> np.ndarray:
    """(said + 1, heard + 1): the least that it costs to bring the beginnings of such lengths together."""
    numbers = {piece: number for number, piece in enumerate(dict.fromkeys([*said, *heard]))}
    columns, steps = np.array([numbers[piece] for piece in heard], int), alone * np.arange(len(heard) + 1)
    prices = np.empty((len(said) + 1, len(heard) + 1), np.int64)
    prices[0] = steps
    for row, piece in enumerate(said, start=1):
        above = prices[row - 1]
        here = above + alone
        here[1:] = np.minimum(here[1:], above[:-1] + (alone + 1) * (columns != numbers[piece]))
        prices[row] = np.minimum.accumulate(here - steps) + steps
    return prices
