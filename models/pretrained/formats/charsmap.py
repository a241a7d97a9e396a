"""A table of what characters become, in the form that `tokenizers.normalizers.Precompiled` reads.

The form is SentencePiece's: the bytes of a trie (u32), the trie, then all replacements, each ended by a zero. The trie
is a double array (darts-clone) over the UTF-8 bytes of the characters. It has entries of 32 bits: the byte that leads
to the entry in bits 0 to 7, whether it ends a character in bit 8, and from bit 10 what, XOR the entry's place, gives
the place of its children: that of a byte is there XOR the byte, and that of the value there. A value has bit 31 set.

`Precompiled` asks for a character together with the marks that follow, where these are less than six bytes; a mark
after a replaced character of so few bytes is lost then, here as in every tokenizer of this family.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

BYTES = 256
ENDS, FAR, OFFSET, VALUE = 1 << 8, 1 << 9, 10, 1 << 31


def compiled(becomes: Mapping[str, str]) -> bytes:
    """`becomes`: of single characters."""
    replacements = bytearray()
    tree: dict[int, Any] = {}  # by byte: dictionaries of the same kind, or a value
    for character, text in becomes.items():
        *path, last = character.encode()
        node = tree
        for byte in path:
            node = node.setdefault(byte, {})
        node[last] = len(replacements)
        replacements += text.encode() + b"\0"
    trie = np.array(_double_array(tree), "<u4").tobytes()
    return struct.pack("<I", len(trie)) + trie + replacements


def _double_array(tree: dict[int, Any]) -> list[int]:
    """The entries for dictionaries within dictionaries by byte, whose leaves are values."""
    entries, inner = [0] * BYTES, [(0, tree)]
    leaves: list[tuple[int, int]] = []
    for place, children in inner:  # grows on the way
        base = len(entries)  # a whole block for the children, so that no two can meet
        entries[place] |= (place ^ base) << OFFSET
        entries += [0] * BYTES
        for byte, child in children.items():
            entries[base ^ byte] = byte
            (inner if isinstance(child, dict) else leaves).append((base ^ byte, child))
    for place, value in leaves:
        entries[place] |= ENDS | (place ^ len(entries)) << OFFSET
        entries.append(VALUE | value)
    return entries + [0] * (-len(entries) % BYTES)  # a reader may look a byte further from the last value


def decompiled(blob: bytes) -> dict[str, str]:
    """The characters, or strings of them, and what each becomes."""
    length = struct.unpack_from("<I", blob)[0]
    entries = np.frombuffer(blob, "<u4", length // 4, 4)
    replacements = blob[4 + length :]
    becomes: dict[str, str] = {}
    open_: list[tuple[bytes, int]] = [(b"", _children(entries, 0))]
    while open_:
        path, base = open_.pop()
        bytes_ = np.arange(1, BYTES)
        places = base ^ bytes_
        inside = places < len(entries)
        bytes_, places = bytes_[inside], places[inside]
        for place in places[entries[places] & (VALUE | BYTES - 1) == bytes_].tolist():
            longer, below = path + bytes([base ^ place]), _children(entries, place)
            if int(entries[place]) & ENDS:
                start = int(entries[below]) & VALUE - 1
                becomes[longer.decode()] = replacements[start : replacements.index(0, start)].decode()
            open_.append((longer, below))
    return becomes


def _children(entries: np.ndarray, place: int) -> int:
    """Where the children of an entry lie; darts-clone shifts far ones by a further byte, which bit 9 tells."""
    entry = int(entries[place])
    return place ^ (entry >> OFFSET) << ((entry & FAR) >> 6)
