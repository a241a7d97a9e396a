"""From bytes to characters: the encoding of a text is found out."""

from __future__ import annotations

import codecs

from cases.archive_names import is_chinese
from models.errors import N_, InputError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_NO_TEXT = [chr(code) for code in range(32) if chr(code) not in "\t\n\v\f\r\x1b"]
_JUDGED = 200_000  # characters that decide whether a text is Chinese
REPLACED = "\ufffd"  # what stands where bytes could not be read


def decode(content: bytes, name: str) -> tuple[str, str]:
    """The text and the name of its encoding: as a byte order mark says, UTF-8, GB 18030 or UTF-16 where that gives
    everyday Chinese, else Western European. A few bytes that do not fit become U+FFFD.

    Raises:
        InputError: it is no text.
    """
    encoding = next((encoding for bom, encoding in _BOMS if content.startswith(bom)), None) or _unmarked(content)
    text = content.decode(encoding, errors="replace")
    if 100 * sum(map(text.count, _NO_TEXT)) > len(text):
        raise InputError(
            found=N_("“{name}” is not a table of text."),
            expected=N_("A table is a text file (CSV or TSV) with one line for each item."),
            remedy=N_("Save it as CSV with the characters UTF-8 and bring it again."),
            name=name,
        )
    return text, encoding.removesuffix("-sig").upper()


def _unmarked(content: bytes) -> str:
    start = content[:2000]
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if 3 * start[first::2].count(0) > len(start[first::2]):  # every other byte of Latin letters is zero
            return encoding
    for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be"):
        text = content.decode(encoding, errors="replace")
        likely = encoding == "utf-8" or is_chinese(text[:_JUDGED])
        if likely and _fits(text, content.count(REPLACED.encode(encoding))):
            return encoding
    try:
        content.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def _fits(text: str, written: int) -> bool:
    """Of ten characters beyond ASCII at most one could not be read: joined files, a cell cut in the middle.

    `written`: how often U+FFFD was there before.
    """
    beyond = len(text) - len(text.encode("ascii", errors="ignore"))
    return 10 * (text.count(REPLACED) - written) <= beyond
