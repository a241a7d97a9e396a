"""Texts as transcripts are compared: by what was said, whatever the capitals, the punctuation and the way of writing
numbers; no torch.

English follows Whisper's rules (A. Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", 2022,
appendix C): no capitals, punctuation or fillers, contractions in full, numbers as digits. Other languages have no
capitals, punctuation or symbols, and those without spaces between words become single characters. Whisper deletes all
that stands in brackets, and the vowel signs of Thai and Hindi; here the brackets alone go. Chinese numbers become
digits where they can be read in one way only: 三四个 (three or four), 百盛 and 千万 stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from fractions import Fraction

import regex

from models.text.languages import UNSPACED

RULE = "casebook-1"  # the name of these rules in a result; Whisper's own measured results without a name
CHINESE = frozenset({"zh", "yue"})
SOUNDING_ALIKE = (  # characters that sound alike to the tone and are confused in writing
    "的地得", "他她它牠祂", "做作", "在再", "像象", "账帐", "须需", "座坐", "唯惟", "粘黏", "吗嘛", "订定",
)  # fmt: skip

_BRACKETS = str.maketrans("()[]<>", " " * 6)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_SAID = re.compile(r"(?<=\d)\.(?=\d)|(?<=\d)%")  # symbols that are said
_NUMBER = r"(?:\d+|zero|one|two|three|four|five|six|seven|eight|nine)"
_EXCLAIMED = re.compile(rf"\b(?:(?P<beside>{_NUMBER} oh?|oh? {_NUMBER})\b(?!')|(?P<alone>oh?)\b)")

_DIGITS = dict(zip("零〇幺一二三四五六七八九", "001123456789", strict=True))
_SMALL, _LARGE = {"十": 10, "百": 100, "千": 1000}, {"万": 10**4, "亿": 10**8}
_SIMPLIFIED = str.maketrans("兩萬億點", "两万亿点")
_CORE = "零〇幺一二三四五六七八九两兩十百千万萬亿億"
_VAGUE = frozenset({"三五"})  # three to five
_UNITS = (  # behind a single digit they show that it counts or measures
    "个個块塊元圆圓年月日号號次楼樓层層位人岁歲斤米天周週份杯条條张張本只隻件台臺辆輛名家种種倍折度路室栋棟毛角秒分"
    "点點间間句段页頁篇首门門双雙套组組瓶碗盘盤盒袋箱包颗顆粒头頭届屆版级級期集章节節国國县縣小公毫厘吨噸克升"
)
_HUNDREDTHS = re.compile(r"百分之(?:百|(\d+(?:\.\d+)?))")
_MIXED = re.compile(rf"(\d+(?:\.\d+)?)([百千]?[万萬亿億]|[百千])(?![{_CORE}])")  # as 3万 and 1.5亿
_WRITTEN = re.compile(
    rf"(?<![\d几幾数數成好{_CORE}])([{_CORE}]+)"
    r"(?:[点點]([零〇幺一二三四五六七八九]+)(?![分十百刻半钟鐘整点點]))?"
)


def plain(language: str) -> Callable[[str], str]:
    """What makes texts of a language, as `en`, comparable: words, or characters, with one space between."""
    if language == "en":
        return _english()
    return lambda text: _plain(text, split=language in UNSPACED, chinese=language in CHINESE)


def _plain(text: str, *, split: bool, chinese: bool) -> str:
    text = _THOUSANDS.sub("", unicodedata.normalize("NFKC", text).lower())
    if chinese:
        text = chinese_numbers(text)
    said = {found.start() for found in _SAID.finditer(text)}
    words = "".join(" " if unicodedata.category(letter)[0] in "PS" and place not in said else letter
                    for place, letter in enumerate(text)).split()  # fmt: skip
    return " ".join(regex.findall(r"\X", "".join(words)) if split else words)


def _english() -> Callable[[str], str]:
    from transformers.models.whisper import english_normalizer

    whisper = english_normalizer.EnglishTextNormalizer({})  # British and American spellings stay apart

    def plain(text: str) -> str:
        text = _EXCLAIMED.sub(_kept, text.translate(_BRACKETS).lower())
        return " ".join(whisper(text).replace("\ue000", "").split())

    return plain


def _kept(found: re.Match[str]) -> str:
    """An "oh" that stands beside no number is no zero, which Whisper takes it for."""
    return f"\ue000{found[0]}" if found["alone"] else found[0]


def chinese_numbers(text: str) -> str:
    """The text with digits for its Chinese numbers; one that can be read in several ways stays as it is."""
    text = _WRITTEN.sub(_in_digits, text)
    text = _MIXED.sub(_multiplied, text)
    return _HUNDREDTHS.sub(lambda found: f"{found[1] or 100}%", text)


def _in_digits(found: re.Match[str]) -> str:
    core, decimals = found[1].translate(_SIMPLIFIED), found[2]
    if decimals:
        whole = _digit(core) if len(core) == 1 else _value(core)
        return found[0] if whole is None else f"{whole}.{''.join(map(_DIGITS.__getitem__, decimals))}"
    text = found.string
    before, behind = text[max(found.start() - 1, 0) : found.start()], text[found.end() : found.end() + 1]
    if len(core) == 1:
        bit = core == "一" and behind in "点點"  # 有一点, a bit
        counts = before == "第" or (behind and behind in _UNITS and not bit)
        number = _digit(core) if counts and not (core == "十" and behind == "分") else None  # 十分, very
    else:
        number = _value(core)
    return found[0] if number is None else number


def _digit(letter: str) -> str | None:
    return {"两": "2", "十": "10"}.get(letter, _DIGITS.get(letter))


def _value(core: str) -> str | None:
    """The number that several characters are, None where they are none, or may be several."""
    if all(letter in _DIGITS for letter in core):
        number = "".join(_DIGITS[letter] for letter in core)
        vague = core in _VAGUE or (len(number) == 2 and int(number[1]) == int(number[0]) + 1 and "零" not in core)
        return None if vague else number  # 三四: three or four
    value = _counted(core)
    return None if value is None else str(value)


def _counted(core: str) -> int | None:
    """As 一百二十三, 两千零五 and 三千五, which is 3500."""
    total = section = 0
    digit: int | None = None
    large, unit, zero = 10**12, 0, False  # the last of all, and of this section
    for letter, following in zip(core, core[1:] + " ", strict=True):
        if letter in "零〇" and digit is None and not zero and (section or total):
            zero, unit = True, unit or large
        elif letter in _SMALL and (digit or (letter == "十" and not section)) and _SMALL[letter] < (unit or large):
            section, unit = section + (digit or 1) * _SMALL[letter], _SMALL[letter]
            digit, zero = None, False
        elif (
            letter in _LARGE
            and (section or digit)
            and _LARGE[letter] < large
            and (not digit or zero or unit in (0, 10))
        ):
            total, large = total + (section + (digit or 0)) * _LARGE[letter], _LARGE[letter]
            section, unit, digit, zero = 0, 0, None, False
        elif digit is None and ((letter == "两" and following in "百千万亿") or letter in "一二三四五六七八九"):
            digit = 2 if letter == "两" else int(_DIGITS[letter])
        else:
            return None
    if zero and not digit:
        return None
    last = unit or large
    return total + section + (digit or 0) * (1 if zero or last == 10 else last // 10)


def _multiplied(found: re.Match[str]) -> str:
    value = Fraction(found[1])
    for letter in found[2].translate(_SIMPLIFIED):
        value *= _SMALL.get(letter) or _LARGE[letter]
    return str(value.numerator) if value.denominator == 1 else found[0]
