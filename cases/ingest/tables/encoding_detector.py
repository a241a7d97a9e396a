"""In which encoding a text without a mark of its own is: told where it is beyond doubt, else left to a person.

On a few bytes every detector errs, for most Korean is everyday Chinese too, byte for byte. So what `charset-normalizer`
proposes is held against how texts of a language look, and where two readings look well none is taken.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from itertools import islice

from cases.ingest.tables.chunks import decoded
from models.errors import N_

CHOICES = {
    "utf-8": "UTF-8", "gb18030": N_("GB18030 (simplified Chinese)"), "cp950": N_("Big5 (traditional Chinese)"),
    "cp932": N_("Shift-JIS (Japanese)"), "euc_jp": N_("EUC-JP (Japanese)"), "cp949": N_("EUC-KR (Korean)"),
    "cp1252": N_("Windows-1252 (Western European)"), "cp1250": N_("Windows-1250 (Central European)"),
    "cp1251": N_("Windows-1251 (Cyrillic)"), "koi8_r": N_("KOI8-R (Cyrillic)"), "cp1253": N_("Windows-1253 (Greek)"),
    "cp1254": N_("Windows-1254 (Turkish)"), "cp1255": N_("Windows-1255 (Hebrew)"),
    "cp1256": N_("Windows-1256 (Arabic)"), "cp1257": N_("Windows-1257 (Baltic)"), "cp874": N_("Windows-874 (Thai)"),
    "cp1258": N_("Windows-1258 (Vietnamese)"), "mac_roman": N_("Mac Roman (Western European)"),
    "utf-16-le": "UTF-16 LE", "utf-16-be": "UTF-16 BE",
}  # fmt: skip
_LOOKED_AT = 1 << 16  # bytes
_ESCAPED = (("iso2022_jp_2", b"\x1b$B"), ("iso2022_jp_2", b"\x1b$@"), ("iso2022_kr", b"\x1b$)C"))  # of seven bits
_BETWEEN, _BEYOND_ASCII, _LONGEST_WORD = b"\n ,;./-:", re.compile(rb"[\x80-\xff]"), 1000
_WIDE = re.compile(  # signs that all encodings of Chinese, Japanese and Korean have
    "[\u3000-\u303f\uff00-\uff5e\uffe0-\uffe6\u2010-\u2027\u2030-\u2044\u00b7\u00d7\u00a7\u00b0\ufe30-\ufe4f]"
)
_WORD = re.compile(r"[^\W\d_]+")
_CYRILLIC = re.compile("[А-Яа-яЁІЇЄҐЎЈЉЊЋЂЏЃЌЅёіїєґўјљњћђџѓќѕ]+")
_KOREAN = frozenset("이다에의는로하을가고지서한은기으년대사시를리도인스일어나자그아라정전성해보제수주부상장원과")
_RUSSIAN = frozenset("оеаинтсрвл")
_COMMON = {  # the ten letters that are commonest where a letter is one byte
    "cp1251": _RUSSIAN, "koi8_r": _RUSSIAN, "iso8859_5": _RUSSIAN, "cp866": _RUSSIAN,
    "cp1253": frozenset("αοιετσνηυρ"), "cp1255": frozenset("יוהלראתשמנ"),
}  # fmt: skip
_WESTERN = ("àâæçèéêëîïôœùûüÿ", "äöüßéà", "áéíñóúüçà", "áâãàçéêíóôõúü", "àèéìíîòóùú", "åäöéüà", "æøåéüäöô",
            "éëïóöüèêáä", "äöåõü", "çàèéíïòóúü")  # fmt: skip
_CENTRAL = ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţșț", "čćđšž", "çëö", "äöüß")
_TURKISH = ("çğıöşüâîû",)
_BALTIC = ("ąčęėįšųūž", "āčēģīķļņšūž", "äöüõšž")
_LATIN = {  # of one byte a letter, and what is beyond ASCII in each of the languages it is for
    "cp1252": _WESTERN, "mac_roman": _WESTERN, "cp850": _WESTERN, "cp1250": _CENTRAL, "iso8859_2": _CENTRAL,
    "cp852": _CENTRAL, "cp1254": _TURKISH, "cp1257": _BALTIC,
}  # fmt: skip
_SPOKEN = {  # as charset-normalizer calls languages
    "cp1252": "French,German,Spanish,Italian,Portuguese,Swedish,Danish,Norwegian,Finnish,Dutch,English",
    "cp1250": "Polish,Czech,Hungarian,Romanian,Slovak,Slovene,Croatian",
    "cp1257": "Lithuanian,Estonian",
    "cp1254": "Turkish",
}
_FEW = 20  # characters beyond ASCII that may be there by chance
_ENOUGH, _CLEARLY = 300, 0.12  # letters; by how much more a text must look like one language than like another
_SIGNS = frozenset("‘’‚“”„–—…•€£§°·«»¿¡©®™\u00a0‹›")
_WITHIN = re.compile(r"[^\W\d_][‚“„”•€£§°«»¡¿…][^\W\d_]")
_PROPOSED = ["gb18030", "cp950", "cp932", "euc_jp", "cp949", "cp1251", "koi8_r", "cp1252", "cp1250", "cp1253", "cp1254",
             "cp1255", "cp1256", "cp1257", "cp874", "cp866", "iso8859_5", "mac_roman"]  # fmt: skip


def tell(content: bytes) -> str | None:
    """The encoding of what has no mark and is not UTF-8; None where it is in doubt."""
    told = _telling(content)
    if _is_western(told):
        return "cp1252"
    fitting = [name for name, looks in _LOOKS.items() if (text := _read(told, name)) is not None and looks(text)]
    if len(fitting) != 1:
        return None
    proposed = _proposed(told)
    if fitting == ["cp1251"]:
        return "cp1251" if proposed == "cp1251" or (proposed == "koi8_r" and not _is_koi8(told)) else None
    if fitting == ["gb18030"] and _may_be_japanese(told):
        return None
    words = (text for name in ("cp1251", "koi8_r", "cp866", "iso8859_5") if (text := _read(told, name)))
    return fitting[0] if proposed in _LOOKS and not any(map(_is_cyrillic, words)) else None


def escaped(content: bytes) -> str | None:
    """An encoding of seven bits, which looks like ASCII and says itself what it is; None for any other."""
    return next((name for name, mark in _ESCAPED if mark in content and _fits(content, name)), None)


def by_chance(content: bytes) -> bool:
    """Whether a few characters that are UTF-8 hardly mean what they are: of two scripts in one word, or made
    for phonetics, where they could be Chinese or Korean. Two characters of GB 18030 often make two letters of UTF-8."""
    if next(islice(_BEYOND_ASCII.finditer(content), 4 * _FEW, None), None):
        return False
    content = _telling(content)
    text = content.decode("utf-8", "replace")
    beyond = [found[0] for found in islice(re.finditer("[^\x00-\x7f]", text), _FEW + 1)]
    if not 0 < len(beyond) <= _FEW or max(beyond) > "\u07ff" or "µ" in beyond:
        return False
    scripts = ({unicodedata.name(letter, "?").split()[0] for letter in word} for word in _WORD.findall(text))
    if not any("\u0250" <= one <= "\u02ff" for one in beyond) and all(len(some) < 2 for some in scripts):
        return False
    other = _read(content, "gb2312")
    return other is not None and _share(_beyond(other), lambda one: _in_rows(one, "gb2312", 0xB0, 0xD7)) >= 0.9


def likely(content: bytes) -> str:
    """One of `CHOICES`, to begin with where the encoding is in doubt."""
    told = _telling(content)
    found = _proposed(told)
    if found == "koi8_r" and not _is_koi8(told):
        return "cp1251"
    return found if found in CHOICES else "cp1252"


def _telling(content: bytes) -> bytes:
    """The lines that have something beyond ASCII, from the beginning; the last not cut within a character."""
    lines, size = [], 0
    for line in re.finditer(rb"[^\r\n]{1,%d}+" % _LOOKED_AT, content):
        if not line[0].isascii():
            lines.append(line[0])
            size += len(line[0]) + 1
            if size > _LOOKED_AT:
                return _whole(b"\n".join(lines)[:_LOOKED_AT])
    return b"\n".join(lines)


def _whole(cut: bytes) -> bytes:
    """Without the last word, which may be cut within a character; of words so long that there are no spaces, as in
    Chinese, without half of the last two bytes."""
    begin = max(cut.rfind(sign) for sign in _BETWEEN) + 1  # these bytes are never the second one of a character
    if (beyond := _BEYOND_ASCII.search(cut, begin)) is None:
        return cut
    word = len(cut) - beyond.start()
    return cut[: beyond.start() + (word // 2 * 2 if word > _LONGEST_WORD else 0)]


def _proposed(content: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(content, cp_isolation=_PROPOSED, preemptive_behaviour=False).best()
    return best.encoding if best else None


def _fits(content: bytes, encoding: str) -> bool:
    try:
        return all(piece is not None for piece in decoded(content, encoding, "strict"))
    except UnicodeDecodeError:
        return False


def _read(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _beyond(text: str) -> str:
    return _WIDE.sub("", "".join(character for character in text if character > "\x7f"))


def _share(text: str, usual: Callable[[str], bool]) -> float:
    return sum(map(usual, text)) / len(text) if text else 0.0


def _in_rows(character: str, encoding: str, first: int, last: int) -> bool:
    """Whether it is of two bytes, and the first of these lies between the two."""
    try:
        code = character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and first <= code[0] <= last


def _is_simplified(text: str) -> bool:
    """Nearly all of GB 2312, most of its commoner half; some from its end, where the other encodings have little."""
    found = _beyond(text)
    every = _share(found, lambda one: _in_rows(one, "gb2312", 0xB0, 0xF7))
    common = _share(found, lambda one: _in_rows(one, "gb2312", 0xB0, 0xD7))
    late = _share(found, lambda one: _in_rows(one, "gb2312", 0xC9, 0xF7))
    return every >= 0.95 and common >= 0.8 and late >= 0.15 and len(found) >= 4


def _is_traditional(text: str) -> bool:
    """Nearly all of the commoner half of Big5; some of few strokes, where the other encodings have little."""
    found = _beyond(text)
    common = _share(found, lambda one: _in_rows(one, "big5", 0xA4, 0xC6))
    early = _share(found, lambda one: _in_rows(one, "big5", 0xA4, 0xAF))
    return common >= 0.9 and early >= 0.15 and len(found) >= 6


def _is_japanese(text: str) -> bool:
    found = _beyond(text)
    common = _share(found, lambda one: _is_kana(one) or _in_rows(one, "cp932", 0x88, 0x97))
    return common >= 0.9 and _share(found, _is_kana) >= 0.2 and len(found) >= 6


def _may_be_japanese(content: bytes) -> bool:
    """Of a few bytes that are everyday Chinese: whether they are everyday Japanese without kana too."""
    found = _beyond(content.decode("euc_jp", "replace"))
    return len(found) < 12 and _share(found, lambda one: _in_rows(one, "euc_jp", 0xB0, 0xCF)) >= 0.9


def _is_kana(character: str) -> bool:
    return "\u3041" <= character <= "\u3096" or "\u30a1" <= character <= "\u30fa" or character == "ー"


def _is_korean(text: str) -> bool:
    found = _beyond(text)
    syllables = _share(found, lambda one: "가" <= one <= "힣")
    return syllables >= 0.97 and _share(found, _KOREAN.__contains__) >= 0.2 and len(found) >= 10


def _is_russian(text: str) -> bool:
    """By the letters that are commonest rather Russian, or a language like it, than what the same bytes are in other
    encodings of one byte a letter; Hebrew has no capitals, nor anything for ы and those behind it."""
    letters = "".join(one for one in text if one > "\x7f" and one.isalpha()).encode("cp1251")
    share = {name: _share(letters.decode(name, "replace").lower(), common.__contains__)
             for name, common in _COMMON.items()}  # fmt: skip
    hebrew = _share(letters.decode("cp1255", "replace"), lambda one: "א" <= one <= "ת")
    likeliest = share["cp1251"] >= 0.45 and max(share, key=share.__getitem__) == "cp1251"
    return likeliest and hebrew < 0.97 and len(letters) >= 16 and _is_cyrillic(text)


def _is_cyrillic(text: str) -> bool:
    """Words of Cyrillic letters alone, with capitals where they begin or throughout."""
    good = sum(len(word) for word in _WORD.findall(text) if _CYRILLIC.fullmatch(word) and _has_usual_capitals(word))
    return good >= 0.9 * sum(character > "\x7f" for character in text)


def _is_koi8(content: bytes) -> bool:
    """What is small in Windows-1251 is a capital there, and the other way round."""
    return _is_cyrillic(content.decode("koi8_r", "replace"))


_LOOKS: Mapping[str, Callable[[str], bool]] = {
    "gb18030": _is_simplified, "cp950": _is_traditional, "cp932": _is_japanese, "euc_jp": _is_japanese,
    "cp949": _is_korean, "cp1251": _is_russian,
}  # fmt: skip


def _is_western(content: bytes) -> bool:
    """Whether it is in a language of Western Europe, and read in no other Latin encoding as what anybody writes; or
    long enough to tell the languages of both apart."""
    text = _read(content, "cp1252")
    if text is None or not _is_latin(text) or _in_language(text, _WESTERN) < 0.95:
        return False
    differing = [_differing(text, other, alphabets) for name, alphabets in _LATIN.items()
                 if (other := _read(content, name)) is not None]  # fmt: skip
    return not any(differing) or (max(map(len, differing)) > 2 and _speaks_western(content, text))


def _differing(text: str, other: str, alphabets: tuple[str, ...]) -> set[str]:
    """The letters that are others in the other reading, where that would be in a language too."""
    there = [(one, two) for one, two in zip(text.lower(), other.lower(), strict=True) if one != two]
    letters = "".join(two for _, two in there if two.isalpha())
    fits = bool(letters) and _is_latin(other) and _in_language(letters, alphabets) >= 0.9
    return {one for one, _ in there} if fits else set()


def _speaks_western(content: bytes, text: str) -> bool:
    from charset_normalizer.cd import coherence_ratio

    def best(name: str) -> float:
        found = coherence_ratio(content.decode(name, "replace").lower(), 0.05, _SPOKEN[name])
        return max((ratio for _, ratio in found), default=0.0)

    if sum(map(str.isalpha, text)) < _ENOUGH:
        return False
    return best("cp1252") - max(best(name) for name in _SPOKEN if name != "cp1252") > _CLEARLY


def _in_language(text: str, alphabets: tuple[str, ...]) -> float:
    """The share of the letters beyond ASCII that one language explains."""
    letters = [letter for letter in text.lower() if letter > "\x7f" and letter.isalpha()]
    explained = max(sum(letter in alphabet for letter in letters) for alphabet in alphabets)
    return explained / len(letters) if letters else 1.0


def _is_latin(text: str) -> bool:
    """Whether words are mostly of ASCII, capitals stand where they begin or throughout, and no sign within them."""
    signs = {character for character in text if character > "\x7f" and not character.isalpha()}
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    foreign = [sum(letter > "\x7f" for letter in word) for word in words]
    strange = any(
        2 * n > len(word) + 1 or not _has_usual_capitals(word) for n, word in zip(foreign, words, strict=True)
    )
    mixed = not words or any(n < len(word) for n, word in zip(foreign, words, strict=True))
    return signs <= _SIGNS and mixed and not strange and not _WITHIN.search(text)


def _has_usual_capitals(word: str) -> bool:
    return word in (word.lower(), word.upper(), word.capitalize())
