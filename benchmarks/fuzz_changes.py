"""How a file is changed by chance within what is packed, by words of meaning, or by what is repeated."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib

import numpy as np
from hostile.changes import CHANGES, some_bytes

WORDS = [word.encode() for word in (
    '"', '""', ",", ";", "\t", "::", "\n", "\r", "\r\n", "\n\n", "\0", "sep=;\n", "=1+1", "\ufeff", "\u200b", "\u2028",
    "é", "好", "0", "-0", "-1", "1e308", "1e999", "-1e308", "NaN", "inf", "null", "None", "9" * 25, "9" * 400, "0x10",
    "1_000", "１２", "9999-12-31", "0001-01-01T00:00:00+23:59", "12:00", "1969-12-31", "31.02.2024", "253402300800",
    "-62135596801",
    "[", "{", "}", "[[[[", '{"a":', '"\\ud800"', "\\u0000", "true", "<r>", "&amp;", "&#0;", "</row>", "../",
    "C:\\", "/",
)] + [b"\xff", b"\x80", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1a", b"\x1b$B"]  # fmt: skip


def _with_words(whole: bytes, chance: np.random.Generator) -> bytes:
    for _ in range(int(chance.integers(1, 6))):
        at, drop = int(chance.integers(0, len(whole) + 1)), int(chance.choice([0, 0, 1, 4, 20]))
        whole = whole[:at] + WORDS[int(chance.integers(len(WORDS)))] + whole[at + drop :]
    return whole


def _repeated(whole: bytes, chance: np.random.Generator) -> bytes:
    start = int(chance.integers(0, len(whole)))
    stop = start + int(chance.integers(1, 40))
    return whole[:start] + whole[start:stop] * int(chance.choice([2, 9, 99, 3000])) + whole[stop:]


def _within(whole: bytes, chance: np.random.Generator) -> bytes:
    """What is packed is changed and packed again, so that checksums are true; other files as they are."""
    if whole.startswith(b"PK"):
        return _within_zip(whole, chance)
    if whole.startswith(b"\x1f\x8b"):
        return gzip.compress(_any(gzip.decompress(whole), chance), 1, mtime=0)
    return _within_png(whole, chance) if whole.startswith(b"\x89PNG") else _with_words(whole, chance)


def _within_zip(whole: bytes, chance: np.random.Generator) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        chosen = int(chance.integers(len(names)))
        for number, name in enumerate(names):
            content = old.read(name)
            changed = number == chosen and len(content) > 9
            new.writestr(name, _any(content, chance) if changed else content)
    return buffer.getvalue()


def _within_png(whole: bytes, chance: np.random.Generator) -> bytes:
    parts, at = [whole[:8]], 8
    while at + 12 <= len(whole):
        size = struct.unpack(">I", whole[at : at + 4])[0]
        kind, content = whole[at + 4 : at + 8], whole[at + 8 : at + 8 + size]
        if kind == b"IDAT" and chance.random() < 0.3:
            content = zlib.compress(_any(zlib.decompress(content), chance), 1)
        elif content and chance.random() < 0.5:
            content = some_bytes(content, chance)
        parts.append(struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content)))
        at += 12 + size
    return b"".join(parts)


def _any(content: bytes, chance: np.random.Generator) -> bytes:
    changes = [*CHANGES, _with_words, _with_words, _repeated]
    return changes[int(chance.integers(len(changes)))](content, chance) if len(content) > 9 else content


def changed(whole: bytes, chance: np.random.Generator) -> bytes:
    """By one to three changes, at first within what is packed, then anywhere."""
    whole = _within(whole, chance) if chance.random() < 0.6 else _any(whole, chance)
    for _ in range(int(chance.choice([0, 0, 1, 2]))):
        whole = _any(whole, chance)
    return whole
