"""Sentences in the reader's language, from the catalogues in `locale/`."""

from __future__ import annotations

import gettext
import io
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from models.errors import N_, fill

LOCALE = Path(__file__).parent.parent / "locale"
LANGUAGES = {"en": "English", "zh": "简体中文"}
FOLDERS = {"en": "en", "zh": "zh_CN"}
PARTS = (N_("train"), N_("validation"), N_("test"))  # of the data, as errors name them


@lru_cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Read from the `.po` file itself: nothing needs compiling before the app starts."""
    path = LOCALE / FOLDERS[language] / "LC_MESSAGES/casebook.po"
    with path.open("rb") as source:
        compiled = io.BytesIO()
        write_mo(compiled, read_po(source))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def say(language: str, message: str, **args: Any) -> str:
    """A message id with its places filled; what fills one whose name begins with an underscore is a message id too."""
    known = catalogue(language)
    words = {name: known.gettext(word) for name, word in args.items() if name.startswith("_") and word}
    return fill(known.gettext(message) if message else "", {**args, **words}, known.gettext(", "))


def say_error(language: str, error: dict[str, Any]) -> str:
    """A stored `InputError` as sentences: what was found, what was expected, what to do."""
    gap, args = "" if language == "zh" else " ", dict(error["args"])
    if args.get("part") in PARTS:
        args["part"] = say(language, args["part"])
    return gap.join(say(language, error[part], **args) for part in ("found", "expected", "remedy"))
