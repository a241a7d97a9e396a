"""What is known of a text at a glance: its length in characters and in tokens, and its language by its script."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pandas as pd

from cases.text_analysis.code_points import blocks
from models.errors import N_
from models.progress import ProgressReporter

Count = Callable[[Sequence[str]], Sequence[int]]
FACTS = ("characters", "tokens", "language")
LANGUAGES = {"zh": N_("Chinese"), "en": N_("English"), "mixed": N_("Mixed"), "other": N_("Other")}
AT_ONCE = 5000  # texts between two looks at whether to stop
MOSTLY = 0.7  # of the words, for a text to be in one language
LOOKED_AT = 100_000  # characters of a text that tell its language
LETTERS_OF_A_WORD = 3  # Latin ones that weigh as much as a Chinese character: a word is two characters, or six letters
_HAN = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
_LATIN = ((0x41, 0x5A), (0x61, 0x7A), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x24F), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))
_OTHERS = ((0x370, 0x1FFF), (0x3041, 0x30FF), (0x3131, 0x318E), (0xA000, 0xABFF), (0xAC00, 0xD7AF), (0xFB1D, 0xFDFF))


def of(texts: pd.Series, count: Count, report: ProgressReporter) -> pd.DataFrame:
    """The columns `FACTS`. `count` says how many tokens each text has, with the marks at its ends and uncut."""
    found = []
    for start in range(0, len(texts), AT_ONCE):
        report.check()
        report.progress("tokens", start, len(texts))
        found.append(_of_some(texts.iloc[start : start + AT_ONCE].tolist(), count))
    return pd.concat(found, ignore_index=True)


def _of_some(texts: Sequence[str], count: Count) -> pd.DataFrame:
    characters, tokens = np.array([len(text) for text in texts], np.int32), np.array(count(texts), np.int32)
    return pd.DataFrame({"characters": characters, "tokens": tokens, "language": languages(texts)}, columns=[*FACTS])


def languages(texts: Sequence[str]) -> np.ndarray:
    """One of `LANGUAGES` for each text: Chinese characters, Latin letters, both, or neither for the most part."""
    scripts = [np.zeros((0, 3))]
    for block in blocks([text[:LOOKED_AT] for text in texts]):
        of_each = _scripts()[np.minimum(block.codes, 0x3FFFF)]
        counts = [np.add.reduceat(of_each == script, block.begins, dtype=int) for script in (1, 2, 3)]
        scripts.append(np.stack(counts, axis=1))
    chinese, latin, others = np.concatenate(scripts).T
    latin = latin / LETTERS_OF_A_WORD
    every = chinese + latin + others
    none = (every == 0) | (others > every / 2)
    return np.select([none, chinese >= MOSTLY * every, latin >= MOSTLY * every], ["other", "zh", "en"], "mixed")


@cache
def _scripts() -> np.ndarray:
    """Code point → 1 Chinese, 2 Latin, 3 other letters, 0 none."""
    table = np.zeros(0x40000, np.uint8)
    for script, ranges in enumerate((_HAN, _LATIN, _OTHERS), start=1):
        for first, last in ranges:
            table[first : last + 1] = script
    return table
