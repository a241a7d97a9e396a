"""Texts that are there twice: the same but for spaces, capitals and full-width forms, or nearly.

Nearly the same are texts that share most of their stretches of three characters. How many is estimated by MinHash (A.
Broder, "On the resemblance and containment of documents", 1997): the share of random orders in which two texts have the
same first stretch. Candidates are those that agree in a whole band of orders (P. Indyk and R. Motwani, "Approximate
nearest neighbors", 1998; J. Leskovec et al., "Mining of Massive Datasets", section 3.4), so that no text is compared
with all others. With 128 orders in 16 bands of 8, a pair that shares 0.9 of its stretches is found in all but one of
ten thousand cases; the estimate errs by 0.03.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pandas as pd

from cases.near_duplicates import joined, kept_aside, shared
from cases.text_analysis.code_points import blocks
from models.progress import ProgressReporter

STRETCH = 3  # characters
ORDERS, BANDS = 128, 16
ALIKE = 0.85  # share of stretches from which two texts are nearly the same
SHORTEST = 12  # characters; with fewer a single word makes another text
AT_ONCE = 20_000  # texts between two looks at whether to stop
FOLDED = 1_000_000  # characters
LOOKED_AT = 20_000  # characters of a text, from its beginning
_LAST = np.uint32(0xFFFFFFFF)


def find(texts: pd.Series, folder: Path, report: ProgressReporter) -> pd.DataFrame:
    """The columns same and alike: the number of a text's group of copies, -1 where it has none. What texts are compared
    by lies in a file in `folder` meanwhile: half a kilobyte each."""
    same = _same(texts, report)
    fresh = np.diff(np.maximum.accumulate(same), prepend=-1) > 0  # the first of its kind, for they are numbered so
    long = [np.zeros(0, np.int64)]

    def prints() -> Iterator[np.ndarray]:
        seen = 0
        for start, some in _pieces(texts):
            report.check()
            report.progress("copies", start, len(texts))
            plain = [fold(text) for text, first in zip(some, fresh[start : start + AT_ONCE], strict=True) if first]
            places = [place for place, text in enumerate(plain) if len(text) >= SHORTEST]
            long.append(seen + np.array(places, np.int64))
            seen += len(plain)
            yield _signatures([plain[place][:LOOKED_AT] for place in places])

    one, other = _pairs(kept_aside(prints(), ORDERS, folder, np.uint32), report)
    kinds = np.concatenate(long)
    alike = joined(kinds[one], kinds[other], int(fresh.sum()))[same]
    return pd.DataFrame({"same": shared(same), "alike": shared(alike)})


def _pieces(texts: pd.Series) -> Iterator[tuple[int, list[str]]]:
    """Where each begins, and its texts: as strings of Python all of them would take more than they do packed."""
    return ((start, texts.iloc[start : start + AT_ONCE].tolist()) for start in range(0, len(texts), AT_ONCE))


def _same(texts: pd.Series, report: ProgressReporter) -> np.ndarray:
    """A number for each text, the same for those that are the same when folded, in the order of their first ones."""
    numbers = np.empty(len(texts), np.uint64)
    for start, some in _pieces(texts):
        report.check()
        digests = [blake2b(fold(text).encode("utf-8", "surrogatepass"), digest_size=8).digest() for text in some]
        numbers[start : start + len(some)] = np.frombuffer(b"".join(digests), np.uint64)
    return pd.factorize(numbers)[0]


def fold(text: str) -> str:
    """Of a very long one only the beginning; the rest stays as it is, for one character can become eighteen."""
    start, rest = text[:FOLDED], text[FOLDED:]
    return " ".join(unicodedata.normalize("NFKC", start).casefold().split()) + rest


def _signatures(texts: Sequence[str]) -> np.ndarray:
    """(texts, ORDERS) uint32: the first stretch in each order."""
    random = np.random.default_rng(0)
    factors = random.integers(0, 2**31, ORDERS, np.uint32) * np.uint32(2) + np.uint32(1)
    found = np.empty((len(texts), ORDERS), np.uint32)
    for block in blocks(texts):
        stretches, ends = _stretches(block.codes), np.append(block.begins[1:], len(block.codes))
        past = np.concatenate([ends - 1, ends - 2])  # these reach into the next text
        for order, factor in enumerate(factors):
            ranks = stretches * factor
            ranks[past] = _LAST
            found[block.start : block.stop, order] = np.minimum.reduceat(ranks, block.begins)
    return found


def _stretches(codes: np.ndarray) -> np.ndarray:
    """(characters,) uint32: a well mixed number for the stretch that begins at each character."""
    mixed = codes.copy()
    for ahead in range(1, STRETCH):
        mixed *= np.uint32(0x9E3779B1)
        mixed[:-ahead] += codes[ahead:]
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):  # the end of MurmurHash3
        mixed ^= mixed >> np.uint32(shift)
        mixed *= np.uint32(factor)
    return mixed ^ (mixed >> np.uint32(16))


def _pairs(every: np.ndarray, report: ProgressReporter) -> tuple[np.ndarray, np.ndarray]:
    """Both ends of pairs that are nearly the same: in each band a text is held against the first of those that agree
    with it and against the one before it, so that a thousand copies make two thousand pairs and not a million.

    Args:
        every: (texts, ORDERS) signatures.
    """
    count = max(1, len(every))
    found = np.zeros(0, np.int64)  # of each pair the first times `count`, and the second
    for start in range(0, ORDERS, ORDERS // BANDS):
        report.check()
        keys = _keys(every[:, start : start + ORDERS // BANDS])
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        again = np.flatnonzero(keys[1:] == keys[:-1]) + 1  # places that agree with the one before
        begins = np.ones(len(order), bool)
        begins[again] = False
        first = np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))[again]
        fresh = [order[before] * count + order[again] for before in (again - 1, first)]
        found = np.unique(np.concatenate([found, *fresh]))
    kept = [np.zeros((2, 0), np.int64)]
    for some in np.array_split(found, len(found) // AT_ONCE + 1):
        one, other = np.divmod(some, count)
        kept.append(np.stack([one, other])[:, (every[one] == every[other]).mean(1) >= ALIKE])
    one, other = np.concatenate(kept, axis=1)
    return one, other


def _keys(band: np.ndarray) -> np.ndarray:
    """(texts,) uint64: the same where the whole band is."""
    factors = np.random.default_rng(1).integers(1, 2**63, band.shape[1], np.uint64) | np.uint64(1)
    keys = np.empty(len(band), np.uint64)
    for start in range(0, len(band), AT_ONCE):
        keys[start : start + AT_ONCE] = (band[start : start + AT_ONCE] * factors).sum(1, dtype=np.uint64)
    return keys
