"""How far what a model wrote is from what was said, text by text and as a whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pandas as pd

from models.evaluation import wer
from models.evaluation.metrics import Interval
from models.evaluation.wer import Errors, between
from models.text import han
from models.text.languages import UNSPACED
from models.text.spoken_text import SOUNDING_ALIKE, plain

LONG, MOST_LETTERS = 5, 2  # letters of words that may be one word in two spellings, and in how many they may differ
_VOWELS, _DOUBLED = re.compile("[aeiouyäöü]"), re.compile(r"(\w)\1")


class Judge:
    """Compares texts of one language, as `models.text.spoken_text` prepares them and as they stand."""

    def __init__(self, language: str) -> None:
        self.plain: Callable[[str], str] = cache(plain(language))
        self.metric = first_metric(language)

    def figures(self, said: Sequence[str], heard: Sequence[str]) -> dict[str, Interval]:
        """wer and cer of prepared texts, raw_wer and raw_cer of the texts as they stand, and spelling, the share of the
        errors that `spelling` counts, with their intervals."""
        prepared = [list(map(self.plain, texts)) for texts in (said, heard)]
        rates = {
            f"{kind}{name}": wer.interval([rate(one, other) for one, other in zip(*texts, strict=True)])
            for kind, texts in (("", prepared), ("raw_", (said, heard)))
            for name, rate in (("wer", _words), ("cer", _characters))
        }
        return rates | {"spelling": wer.interval([_spelling(*pair) for pair in zip(*prepared, strict=True)])}

    def rates(self, said: Sequence[str], heard: Sequence[str]) -> dict[str, float]:
        """wer and cer of prepared texts."""
        prepared = [list(map(self.plain, texts)) for texts in (said, heard)]
        return {"wer": wer.of_words(*prepared).rate, "cer": wer.of_characters(*prepared).rate}

    def errors(self, said: Sequence[str], heard: Sequence[str]) -> np.ndarray:
        """(texts,) the errors of each by what a text usually has, so that their mean is the first of `rates`."""
        rate = {"wer": _words, "cer": _characters}[self.metric]
        each = [rate(self.plain(one), self.plain(other)) for one, other in zip(said, heard, strict=True)]
        return np.array([one.wrong for one in each]) * len(each) / max(sum(one.said for one in each), 1)

    def table(
        self, rows: np.ndarray, said: Sequence[str], heard: Sequence[str], before: Sequence[str], **more: Sequence
    ) -> pd.DataFrame:
        """See `cases.base.Evaluation`. plain_label and plain_predicted are the prepared texts, words between spaces;
        wrong: the words of them to be mended; before and wrong_before: the same of the untouched model."""
        one, other, earlier = (list(map(self.plain, texts)) for texts in (said, heard, before))
        wrong, wrong_before = ([_words(*pair).wrong for pair in zip(one, texts, strict=True)]
                               for texts in (other, earlier))  # fmt: skip
        return pd.DataFrame({
            "id": rows, "label": said, "predicted": heard, **more, "before": before, "plain_label": one,
            "plain_predicted": other, "wrong": wrong, "wrong_before": wrong_before, "right": [not n for n in wrong],
        })  # fmt: skip

    def pieces(self, said: str, heard: str) -> list[tuple[str | None, str | None]]:
        """Word beside word, None where there is none."""
        return wer.align(self.plain(said).split(), self.plain(heard).split())

    def near(self, said: str, heard: str) -> float:
        """1 where every character was heard, 0 where none was."""
        return max(0.0, 1 - wer.of_characters([self.plain(said)], [self.plain(heard)]).rate)


def _words(said: str, heard: str) -> Errors:
    return between(said.split(), heard.split())


def _characters(said: str, heard: str) -> Errors:
    return between("".join(said.split()), "".join(heard.split()))


def _spelling(said: str, heard: str) -> Errors:
    pairs = wer.align(said.split(), heard.split())
    return Errors(spelling(pairs), said=sum(one != other for one, other in pairs))


def first_metric(language: str) -> str:
    """The one that is told first: of texts without spaces there are no words to count."""
    return "cer" if language in UNSPACED else "wer"


def spelling(pairs: Sequence[tuple[str | None, str | None]]) -> int:
    """How many errors of aligned texts are in the spelling alone: the word was heard.

    These are the same letters with other spaces between them (ice cream, icecream); long words that begin alike, have
    the same consonants and differ in few letters (colour, color; realise, realize); and Chinese characters that sound
    alike to the tone and are confused in writing (的, 地, 得), or are variants of one another.
    """
    found, stretch = 0, list[tuple[str | None, str | None]]()
    for one, other in (*pairs, ("", "")):
        if one != other:
            stretch.append((one, other))
        elif stretch:
            said, heard = ("".join(pair[side] or "" for pair in stretch) for side in (0, 1))
            found += len(stretch) if said == heard else sum(bool(a and b and _alike(a, b)) for a, b in stretch)
            stretch = []
    return found


def _alike(one: str, other: str) -> bool:
    if len(one) == len(other) == 1:
        return any(one in some and other in some for some in SOUNDING_ALIKE) or han.variants(one, other)
    if min(len(one), len(other)) < LONG or not (one + other).isalpha() or one[0] != other[0]:
        return False
    return _consonants(one) == _consonants(other) and between(one, other).wrong <= MOST_LETTERS


def _consonants(word: str) -> str:
    return _VOWELS.sub("", _DOUBLED.sub(r"\1", word.replace("z", "s")))
