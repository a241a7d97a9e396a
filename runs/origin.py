"""What a data set was read from, so that it can be read again: `origin.json` in its folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cases.base import Part
from runs import files


@dataclass(frozen=True)
class Origin:
    """`parts`: name, sha256, part of the data and class of each file; `columns` as `Case.read` took them."""

    parts: Sequence[Mapping[str, str]] = ()
    columns: Mapping[str, str] = field(default_factory=dict)


def note(
    digest: str, parts: Sequence[Part], contents: Sequence[tuple[str, str, str]], columns: Mapping[str, str]
) -> None:
    """`contents` as `reading.digest_of` takes them, one for each part: SHA-256, part of the data, class."""
    told = [
        {"name": part.name, "sha256": sha256, "part": split, "class": label}
        for part, (sha256, split, label) in zip(parts, contents, strict=True)
    ]
    _path(digest).write_text(json.dumps({"parts": told, "columns": dict(columns)}, ensure_ascii=False), "utf-8")


def of(digest: str) -> Origin:
    """Empty for data that was read before this was noted."""
    told = json.loads(_path(digest).read_text("utf-8")) if _path(digest).exists() else {}
    return Origin(**told) if isinstance(told, dict) else Origin(told)  # it was the list of parts alone once


def _path(digest: str) -> Path:
    return files.datasets() / digest / "origin.json"
