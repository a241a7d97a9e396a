"""Languages: their names, and which of them a text can be in, by its script and its commonest words; no torch.

A script tells some languages apart (Chinese, Japanese, Korean, Greek, Thai …) and others not: Latin, Cyrillic, Arabic
and Devanagari letters serve many. Of texts in Latin letters the commonest words of seven languages narrow it down,
where the texts have any; otherwise all that are written so remain, and nothing is pretended.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from models.errors import N_

NAMES = {
    "zh": N_("Chinese"), "en": N_("English"), "ja": N_("Japanese"), "ko": N_("Korean"), "de": N_("German"),
    "fr": N_("French"), "es": N_("Spanish"), "it": N_("Italian"), "pt": N_("Portuguese"), "nl": N_("Dutch"),
    "ru": N_("Russian"), "uk": N_("Ukrainian"), "ar": N_("Arabic"), "hi": N_("Hindi"), "th": N_("Thai"),
    "vi": N_("Vietnamese"), "id": N_("Indonesian"), "tr": N_("Turkish"), "pl": N_("Polish"),
    # the others by the name they have for themselves
    "af": "Afrikaans", "am": "አማርኛ", "as": "অসমীয়া", "az": "Azərbaycan", "ba": "Башҡорт", "be": "Беларуская",
    "bg": "Български", "bn": "বাংলা", "bo": "བོད་སྐད་", "br": "Brezhoneg", "bs": "Bosanski", "ca": "Català",
    "cs": "Čeština", "cy": "Cymraeg", "da": "Dansk", "el": "Ελληνικά", "et": "Eesti", "eu": "Euskara", "fa": "فارسی",
    "fi": "Suomi", "fo": "Føroyskt", "gl": "Galego", "gu": "ગુજરાતી", "ha": "Hausa", "haw": "ʻŌlelo Hawaiʻi",
    "he": "עברית", "hr": "Hrvatski", "ht": "Kreyòl Ayisyen", "hu": "Magyar", "hy": "Հայերեն", "is": "Íslenska",
    "jw": "Jawa", "ka": "ქართული", "kk": "Қазақ тілі", "km": "ខ្មែរ", "kn": "ಕನ್ನಡ", "la": "Latina",
    "lb": "Lëtzebuergesch", "ln": "Lingála", "lo": "ລາວ", "lt": "Lietuvių", "lv": "Latviešu", "mg": "Malagasy",
    "mi": "Māori", "mk": "Македонски", "ml": "മലയാളം", "mn": "Монгол", "mr": "मराठी", "ms": "Melayu", "mt": "Malti",
    "my": "မြန်မာ", "ne": "नेपाली", "nn": "Norsk nynorsk", "no": "Norsk bokmål", "oc": "Occitan", "pa": "ਪੰਜਾਬੀ",
    "ps": "پښتو", "ro": "Română", "sa": "संस्कृत भाषा", "sd": "سنڌي", "si": "සිංහල", "sk": "Slovenčina",
    "sl": "Slovenščina", "sn": "ChiShona", "so": "Soomaali", "sq": "Shqip", "sr": "Српски", "su": "Basa Sunda",
    "sv": "Svenska", "sw": "Kiswahili", "ta": "தமிழ்", "te": "తెలుగు", "tg": "Тоҷикӣ", "tk": "Türkmen dili",
    "tl": "Filipino", "tt": "Татар", "ur": "اردو", "uz": "O‘zbek", "yi": "ייִדיש", "yo": "Èdè Yorùbá",
}  # fmt: skip
WRITTEN_IN = {  # letters that serve many languages, where these are not told apart
    "LATIN": N_("Latin letters"), "CYRILLIC": N_("Cyrillic letters"), "ARABIC": N_("Arabic letters"),
    "DEVANAGARI": N_("Devanagari letters"), "BENGALI": N_("Bengali letters"), "HEBREW": N_("Hebrew letters"),
}  # fmt: skip
UNSPACED = frozenset({"zh", "ja", "th", "lo", "my", "yue"})  # no spaces between words; as Whisper's rules have it
_LATIN = (
    "en de fr es it pt nl pl tr vi id ms sv da no nn fi cs sk sl hr bs ro hu et lv lt ca gl eu oc br cy ga gd is fo lb "
    "sq mt af sw so ha yo sn mg ln la ht haw mi jw jv su tl az uz tk ku eo fy om xh"
)
SCRIPTS = {  # as Unicode calls the letters → the languages that are written so, as far as models here know them
    "CJK": ("zh",), "HIRAGANA": ("ja",), "HANGUL": ("ko",), "GREEK": ("el",), "HEBREW": ("he", "yi"), "THAI": ("th",),
    "LAO": ("lo",), "KHMER": ("km",), "MYANMAR": ("my",), "TIBETAN": ("bo",), "ARMENIAN": ("hy",), "GEORGIAN": ("ka",),
    "ETHIOPIC": ("am",), "SINHALA": ("si",), "TAMIL": ("ta",), "TELUGU": ("te",), "KANNADA": ("kn",),
    "MALAYALAM": ("ml",), "GUJARATI": ("gu",), "GURMUKHI": ("pa",), "ORIYA": ("or",), "BENGALI": ("bn", "as"),
    "DEVANAGARI": ("hi", "mr", "ne", "sa"), "ARABIC": ("ar", "fa", "ur", "ps", "sd", "ku", "ug"),
    "CYRILLIC": ("ru", "uk", "bg", "be", "sr", "mk", "kk", "mn", "tg", "tt", "ba", "ky"),
    "LATIN": tuple(_LATIN.split()),
}  # fmt: skip
KANA = frozenset({"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"})
OF_A_WORD = {"CJK": 3, "HIRAGANA": 3, "KATAKANA": 3, "HANGUL": 3}  # letters of the others that weigh as much as one
COMMON = {
    "en": "the and of to is that it for you with this was are",
    "de": "der die das und ist nicht ich ein eine zu mit auf",
    "fr": "le la les et est des une que pas dans pour je",
    "es": "el los que y una con las para por se del no",
    "it": "il che di non una per sono gli della è con",
    "pt": "não que uma os para com do da em é um",
    "nl": "het een en van ik dat niet op zijn voor",
}
SHARE, LEAD = 0.05, 1.5  # of all words that are among the common ones, and times as many as those of the next language
SIGNS = 0.02  # share of letters with signs, as é and ß, above which a text is hardly English
LOOKED_AT, BEGINNING = 500, 500  # texts, and characters of each
RARE = 0.1  # share of the texts up to which a script is the exception
ENOUGH, ENOUGH_WORDS = 6, 8  # letters from which on a text has a script worth telling, and words for its language
DIFFERENT = 2  # of the common words of a language that a single text needs: one alone, as “no” or “do”, is English, too
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Found:
    """Texts in one script: their share of all, and the languages they can be in."""

    script: str
    languages: tuple[str, ...]
    share: float

    @property
    def language(self) -> str:
        """The only one it can be, else ""."""
        return self.languages[0] if len(self.languages) == 1 else ""


def find(texts: Sequence[str]) -> list[Found]:
    """The scripts of the texts, the commonest first; of many texts some are looked at."""
    some = [text[:BEGINNING] for text in texts[:: -(-len(texts) // LOOKED_AT) or 1]]
    scripts = [script(text) for text in some]
    counted = Counter(filter(None, scripts))
    if counted["HIRAGANA"] > RARE * counted["CJK"]:  # Japanese has texts without kana, too
        counted["HIRAGANA"] += counted.pop("CJK", 0)
    total = sum(counted.values())
    return [Found(name, _languages(name, [text for text, own in zip(some, scripts, strict=True) if own == name]),
                  n / total) for name, n in counted.most_common()]  # fmt: skip


def script(text: str) -> str:
    """That of most of its words, as in `SCRIPTS`; "" where there is no letter of one."""
    weights = _weights(text)
    return max(weights, key=weights.__getitem__) if +weights else ""


def _weights(text: str) -> Counter[str]:
    """Script → its letters, as many as they weigh."""
    weights: Counter[str] = Counter()
    for letter, n in Counter(text).items():
        if (name := _script(letter)) in SCRIPTS or name in KANA:
            weights[name] += n * OF_A_WORD.get(name, 1)
    kana = sum(weights.pop(name, 0) for name in KANA)
    if kana > RARE * (kana + weights["CJK"]):
        weights["HIRAGANA"] = kana + weights.pop("CJK", 0)
    return weights


@lru_cache(maxsize=20_000)
def _script(letter: str) -> str:
    if letter == "ー":
        return "KATAKANA"
    return unicodedata.name(letter, "").split(" ")[0] if unicodedata.category(letter)[0] == "L" else ""


def _languages(name: str, texts: Iterable[str]) -> tuple[str, ...]:
    if name != "LATIN":
        return SCRIPTS[name]
    words = Counter(word for text in texts for word in _WORD.findall(text.lower()))
    shares = sorted(((sum(words[word] for word in common.split()) / max(words.total(), 1), language)
                     for language, common in COMMON.items()), reverse=True)  # fmt: skip
    (most, first), (next_, _second) = shares[:2]
    if most >= SHARE and most >= LEAD * next_:
        return (first,)
    letters = Counter(letter for word, n in words.items() for letter in word * n)
    signs = sum(n for letter, n in letters.items() if letter > "\x7f") / max(letters.total(), 1)
    return SCRIPTS[name][signs > SIGNS :]  # English stands first


def unknown(found: Iterable[Found], known: Collection[str]) -> list[Found]:
    """Those in no language of the `known`, and more than exceptions; none where nothing is known of a model."""
    return [one for one in found if one.share > RARE and known and not set(one.languages) & set(known)]


def usual(texts: Sequence[str]) -> dict[str, str]:
    """Script → the language, "" where it is not told apart, of all but the exceptions among the texts."""
    return {one.script: one.language for one in find(texts) if one.share > RARE}


def named(script: str, language: str) -> str:
    """What texts are in, a message id: their language where it is known, else their letters."""
    return NAMES.get(language, language) or WRITTEN_IN.get(script, script)


def foreign(text: str, known: Mapping[str, str]) -> Found | None:
    """What a text is in that no text is of those whose `usual` is `known`; None where it is short, or nothing is known.

    A name or a number is no other language, nor are two words that another language happens to have as well.
    """
    found = find([text])
    if not (known and found and _weights(text[:BEGINNING])[found[0].script] >= ENOUGH):
        return None
    [one] = found
    if one.script not in known:
        return None if one.script == "CJK" and "HIRAGANA" in known else one  # Japanese has texts without kana, too
    language, words = known[one.script], _WORD.findall(text[:BEGINNING].lower())
    if not language or one.language in ("", language) or len(words) < ENOUGH_WORDS:
        return None
    return one if len(set(words).intersection(COMMON[one.language].split())) >= DIFFERENT else None
