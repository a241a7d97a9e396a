"""Which files a data set was read from, so that a run can be repeated from them: `origin.json` in its folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from cases.base import Part
from runs import files


def note(digest: str, parts: Sequence[Part], contents: Sequence[tuple[str, str, str]]) -> None:
    """`contents` as `reading.digest_of` takes them, one for each part: SHA-256, part of the data, class."""
    told = [
        {"name": part.name, "sha256": sha256, "part": split, "class": label}
        for part, (sha256, split, label) in zip(parts, contents, strict=True)
    ]
    path = files.datasets() / digest / "origin.json"
    path.write_text(json.dumps(told, ensure_ascii=False), "utf-8")


def of(digest: str) -> list[dict[str, Any]]:
    """Empty for data that was read before this was noted."""
    path = files.datasets() / digest / "origin.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else []
