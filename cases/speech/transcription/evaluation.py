"""How far what a model wrote is from what was said, text by text and as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from models.evaluation import wer
from models.evaluation.metrics import Interval
from models.evaluation.wer import Errors, between
from models.text.languages import UNSPACED

# Texts as they are compared: without what is not said, so that only what was heard counts.
# The rules are Whisper's own (A. Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", 2022,
# appendix C): English without capitals, punctuation and fillers, numbers as digits; other languages without capitals
# and
# punctuation, and those that put no spaces between words in single characters.


class Judge:
    """Compares texts of one language, as `cases.speech.transcription.evaluation` prepares them and as they
    stand."""

    def __init__(self, language: str) -> None:
        self.plain: Callable[[str], str] = plain(language)
        self.metric = first_metric(language)

    def figures(self, said: Sequence[str], heard: Sequence[str]) -> dict[str, Interval]:
        """wer and cer of prepared texts, raw_wer and raw_cer of the texts as they stand, with their intervals."""
        prepared = [list(map(self.plain, texts)) for texts in (said, heard)]
        return {
            f"{kind}{name}": wer.interval([rate(one, other) for one, other in zip(*texts, strict=True)])
            for kind, texts in (("", prepared), ("raw_", (said, heard)))
            for name, rate in (("wer", _words), ("cer", _characters))
        }

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


def first_metric(language: str) -> str:
    """The one that is told first: of texts without spaces there are no words to count."""
    return "cer" if language in UNSPACED else "wer"


def plain(language: str) -> Callable[[str], str]:
    """Words, or characters, with a space between; `language` as `en`."""
    from transformers.models.whisper import english_normalizer as rules

    if language == "en":
        return rules.EnglishTextNormalizer({})  # British and American spellings stay apart
    simplified = rules.BasicTextNormalizer(split_letters=language in UNSPACED)
    return lambda text: " ".join(simplified(text).split())
