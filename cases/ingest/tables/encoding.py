"""From bytes to characters: the encoding of a text is found out, or a person says it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from cases.ingest.tables import encoding_detector
from cases.ingest.tables.chunks import PIECE, decoded
from cases.ingest.tables.encoding_detector import CHOICES
from models.errors import N_, InputError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_NO_TEXT = [chr(code) for code in range(32) if chr(code) not in "\t\n\v\f\r\x1b"]
REPLACED = "\ufffd"  # what stands where bytes could not be read
IN_DOUBT = N_("The encoding of “{name}” could not be detected.")
WHOLE, TELLING = 200 * 10**6, 32 * 10**6  # bytes of a file that is looked at as a whole, and of a larger one
_ESCAPE = b"\x1b"  # with which encodings of seven bits begin
_LINE = re.compile(rb"[^\n]{1,65536}+")
_SHOWN, _LONGEST = 5, 200  # lines, and characters of a line, that show what an encoding makes of a text


def telling(path: Path) -> bytes:
    """What of a file tells its encoding: all of it, of a large one its beginning and the lines that are not ASCII."""
    if path.stat().st_size <= WHOLE:
        return path.read_bytes()
    with path.open("rb") as file:
        found = [file.read(PIECE) + file.readline(PIECE)]
        size = len(found[0])
        for line in iter(partial(file.readline, PIECE), b""):
            if not line.isascii() or _ESCAPE in line:
                found.append(line)
                size += len(line)
                if size > TELLING:
                    break
    return b"".join(found)


def decode(content: bytes, name: str, asked: str = "") -> tuple[str, str]:
    """The text and the name of its encoding: as a byte order mark says, UTF-8, as a person `asked` for (one of
    `encoding_detector.CHOICES`), or one that is beyond doubt. A few bytes that do not fit become U+FFFD.

    Raises:
        InputError: it is no text, or its encoding is in doubt.
    """
    encoding = known(content, name, asked)
    text = content.decode(encoding, errors="replace")
    if not is_text([text]):
        raise no_text(name)
    return text, title(encoding)


def known(content: bytes, name: str, asked: str = "") -> str:
    """The encoding of what is perhaps no text; otherwise as `decode`.

    Raises:
        InputError: it is a text, and its encoding is in doubt.
    """
    encoding = encoding_of(content, asked)
    if encoding is None and is_text(decoded(content, "latin-1")):
        raise in_doubt(name)
    return encoding or "latin-1"


def title(encoding: str) -> str:
    """As people know it."""
    known = {"cp950": "Big5", "cp932": "Shift-JIS", "cp949": "EUC-KR", "koi8_r": "KOI8-R", "euc_jp": "EUC-JP",
             "mac_roman": "Mac Roman", "iso2022_jp_2": "ISO-2022-JP", "iso2022_kr": "ISO-2022-KR"}  # fmt: skip
    return known.get(encoding, encoding.removesuffix("-sig").upper())


def in_doubt(name: str) -> InputError:
    return InputError(
        found=IN_DOUBT,
        expected=N_("UTF-8, or another encoding that can be detected, is needed."),
        remedy=N_("Choose the encoding, or save it as UTF-8 and upload it again."),
        name=name,
    )


def no_text(name: str) -> InputError:
    return InputError(
        found=N_("“{name}” is not a text table."),
        expected=N_("A table is a CSV or TSV file with one line per example."),
        remedy=N_("Save it as CSV in UTF-8 and upload it again."),
        name=name,
    )


def encoding_of(content: bytes, asked: str = "") -> str | None:
    """None where it is in doubt.

    Raises:
        InputError: `asked` names none.
    """
    if asked and asked not in CHOICES:
        raise InputError(
            found=N_("Unknown encoding “{encoding}”."),
            expected=N_("Supported encodings: {choices}."),
            remedy=N_("Choose one of them."),
            encoding=asked,
            choices=", ".join(CHOICES),
        )
    if marked := next((encoding for bom, encoding in _BOMS if content.startswith(bom)), None):
        return marked
    if content.isascii():
        return _of_two_bytes(content) or encoding_detector.escaped(content) or "utf-8"
    return asked or _of_two_bytes(content) or _unmarked(content)


def guessed(content: bytes) -> bool:
    """Whether it is a text whose encoding neither a mark nor UTF-8 says."""
    said = ("utf-8", *(name for _, name in _BOMS))
    return not content.isascii() and is_text(decoded(content, "latin-1")) and encoding_of(content) not in said


def samples(contents: Sequence[bytes]) -> dict[str, list[str]]:
    """Encoding → how the first lines that depend on it read, for those that fit most of the bytes."""
    every = (found[0] for content in contents for found in _LINE.finditer(content))
    lines = list(islice((line for line in every if not line.isascii()), _SHOWN))
    whole = b"\n".join(lines)
    fitting = (name for name in CHOICES if not name.startswith("utf-16") and _fits(whole, name))
    found = {name: [line.decode(name, "replace").strip()[:_LONGEST] for line in lines] for name in fitting}
    wide = {name: content for content in contents[:1] for name in CHOICES if name.startswith("utf-16")}
    texts = {name: content[: 8 * _LONGEST].decode(name, "replace") for name, content in wide.items()}
    return found | {name: text.splitlines()[:_SHOWN] for name, text in texts.items() if _everyday(text)}


def is_text(pieces: Iterable[str]) -> bool:
    """Whether hardly a character of these is one that no text has."""
    size = strange = 0
    for piece in pieces:
        size += len(piece)
        strange += sum(map(piece.count, _NO_TEXT))
    return 100 * strange <= size


def _of_two_bytes(content: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of Latin letters is zero, and Chinese makes everyday sense."""
    start = content[:2000]
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if 3 * start[first::2].count(0) > len(start[first::2]):
            return encoding
    if _fits(content, "utf-8"):
        return None
    whole = start[: len(start) // 2 * 2]
    return next((name for name in ("utf-16-le", "utf-16-be") if _everyday(whole.decode(name, "replace"))), None)


def _everyday(text: str) -> bool:
    """Whether it is Chinese that only UTF-16 can have made: of a thousand characters drawn by chance hardly one is."""
    beyond = "".join(character for character in text if character > "\x7f")
    everyday = beyond.encode("gb2312", errors="ignore")
    return len(beyond) >= 8 and len(everyday) >= 1.8 * len(beyond)


def _unmarked(content: bytes) -> str | None:
    if _fits(content, "utf-8"):
        return None if encoding_detector.by_chance(content) else "utf-8"
    return encoding_detector.tell(content)


def _fits(content: bytes, encoding: str) -> bool:
    """Of ten characters beyond ASCII at most one could not be read: joined files, a cell cut in the middle."""
    wrong = beyond = 0
    for piece in decoded(content, encoding):
        if not piece.isascii():
            wrong += piece.count(REPLACED)
            beyond += len(piece) - len(piece.encode("ascii", errors="ignore"))
    wrong -= content.count(REPLACED.encode("utf-8")) if encoding == "utf-8" else 0  # those that were there before
    return wrong <= 0 or 10 * wrong <= beyond
