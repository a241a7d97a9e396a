"""What a tokenizer makes of characters before it cuts a text, for tokenizers that cannot read its compiled form."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from models.pretrained.formats import charsmap as compiled

KIND = "Precompiled"


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
