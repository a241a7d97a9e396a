"""Sentences in the reader's language, from the catalogues in `locale/` and those that a case brings itself."""

from __future__ import annotations

import gettext
import io
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import cases
from models.errors import N_, fill

LOCALE = Path(__file__).parent.parent / "locale"
LANGUAGES = {"en": "English", "zh": "简体中文"}
FOLDERS = {"en": "en", "zh": "zh_CN"}
COOKIE = "casebook_language"  # of the browser, in which it was chosen
PARTS = (N_("train"), N_("validation"), N_("test"))  # of the data, as errors name them


@lru_cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Read from the `.po` files themselves: nothing needs compiling before the app starts."""
    ours, *more = map(_read, files(language))
    for one in more:
        ours.add_fallback(one)
    return ours


def files(language: str) -> Iterator[Path]:
    """The catalogue of the app, that of messages which earlier versions stored and no version says any more, and those
    of cases that have one in their own folder."""
    ours = LOCALE / FOLDERS[language] / "LC_MESSAGES"
    yield ours / "casebook.po"
    own = [Path(cases.__file__).parent / name / "locale" / f"{FOLDERS[language]}.po" for name in cases.NAMES]
    yield from filter(Path.is_file, [ours / "former.po", *own])


def _read(path: Path) -> gettext.GNUTranslations:
    with path.open("rb") as source:
        compiled = io.BytesIO()
        write_mo(compiled, read_po(source))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def size(count: int) -> str:
    """Bytes in steps of 1000, as most systems and other pages tell them; memory alone is told in steps of 1024."""
    if not count:
        return "0 MB"
    if count < 999_500:
        return f"{max(1, round(count / 10**3))} kB"
    if count < 99_950_000:
        return f"{count / 10**6:.1f} MB"
    if count < 999_500_000:
        return f"{count / 10**6:.0f} MB"
    return f"{count / 10**9:.1f}".removesuffix(".0") + " GB"


def say(language: str, message: str, **args: Any) -> str:
    """A message id with its places filled; what fills one whose name begins with an underscore is a message id too."""
    known = catalogue(language)
    words = {name: known.gettext(word) for name, word in args.items() if name.startswith("_") and word}
    return fill(known.gettext(message) if message else "", {**args, **words}, known.gettext(", "))


def say_error(language: str, error: dict[str, Any]) -> str:
    """A stored `InputError` as sentences: what was found, what was expected, what to do."""
    gap, args = "" if language == "zh" else " ", dict(error["args"])
    if "[SQL" in str(args.get("cause")):  # as an earlier version stored it
        args["cause"] = args["cause"].partition("[SQL")[0].strip()
    if args.get("part") in PARTS:
        args["part"] = say(language, args["part"])
    return gap.join(say(language, error[part], **args) for part in ("found", "expected", "remedy"))
