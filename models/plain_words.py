"""Texts as they are compared: without what is not said, so that only what was heard counts.

The rules are Whisper's own (A. Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", 2022,
appendix C): English without capitals, punctuation and fillers, numbers as digits; other languages without capitals and
punctuation, and those that put no spaces between words in single characters.
"""

from __future__ import annotations

from collections.abc import Callable

from models.languages import UNSPACED


def plain(language: str) -> Callable[[str], str]:
    """Words, or characters, with a space between; `language` as `en`."""
    from transformers.models.whisper import english_normalizer as rules

    if language == "en":
        return rules.EnglishTextNormalizer({})  # British and American spellings stay apart
    simplified = rules.BasicTextNormalizer(split_letters=language in UNSPACED)
    return lambda text: " ".join(simplified(text).split())
