"""What a tokenizer makes of characters before it cuts a text, for tokenizers that cannot read its compiled form."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import regex

from models.pretrained.formats import charsmap as compiled

KIND = "Precompiled"
SHORT = 6  # bytes; of a shorter cluster of characters the first match stands for all of it


def separated(described: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str] | None]:
    """The content of tokenizer.json without its compiled map, and the map; None where the text goes in as it is.

    A map that is not the first step stays where it is.
    """
    normalizer = described.get("normalizer") or {}
    steps = normalizer["normalizers"] if normalizer.get("type") == "Sequence" else [normalizer]
    if not steps or steps[0].get("type") != KIND:
        return dict(described), None
    rest = {"type": "Sequence", "normalizers": steps[1:]} if steps[1:] else None
    becomes = compiled.decompiled(base64.b64decode(steps[0]["precompiled_charsmap"]))
    return {**described, "normalizer": rest}, becomes


def applied(becomes: Mapping[str, str], text: str) -> str:
    """The text as `tokenizers` hands it on.

    It goes by clusters of characters that are one to the eye (Unicode's extended grapheme clusters). What the shortest
    match at the beginning of one of less than `SHORT` bytes becomes, stands for the whole cluster; of others each
    character stands for itself.
    """
    return "".join(_cluster(becomes, cluster) for cluster in regex.findall(r"\X", text))


def _cluster(becomes: Mapping[str, str], cluster: str) -> str:
    if len(cluster.encode()) < SHORT:
        for stop in range(1, len(cluster) + 1):
            if cluster[:stop] in becomes:
                return becomes[cluster[:stop]]
    return "".join(becomes.get(character, character) for character in cluster)
