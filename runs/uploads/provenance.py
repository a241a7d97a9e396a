"""What a data set was read from, so that it can be read again: `origin.json` in its folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cases.base import UploadedFile
from runs import paths
from runs.store import dataset_rows


@dataclass(frozen=True)
class Origin:
    """`parts`: name, sha256, part of the data and class of each file, and the `step`, from 1, in which it was read;
    `columns` as `Case.read` took them in the last step, `earlier` in those before it. `onto`: the data set that
    the last step added to."""

    parts: Sequence[Mapping[str, Any]] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    earlier: Sequence[Mapping[str, str]] = ()
    onto: str | None = None

    @property
    def steps(self) -> int:
        return len(self.earlier) + 1

    @property
    def newest(self) -> list[Mapping[str, Any]]:
        """The files of the last step."""
        return [part for part in self.parts if part["step"] == self.steps]


def note(
    owner: str, digest: str, parts: Sequence[UploadedFile], contents: Sequence[tuple[str, str, str]],
    columns: Mapping[str, str], onto: str | None = None,
) -> None:  # fmt: skip
    """`contents` as `reading.digest_of` takes them, one for each part: SHA-256, part of the data, class."""
    came = of(owner, onto) if onto else None
    earlier = [*came.earlier, came.columns] if came else []
    told = [
        {"name": part.name, "sha256": sha256, "part": split, "class": label, "step": len(earlier) + 1}
        for part, (sha256, split, label) in zip(parts, contents, strict=True)
    ]
    whole = [*(came.parts if came else ()), *told]
    kept = {"parts": whole, "columns": dict(columns), "earlier": [*map(dict, earlier)], "onto": onto}
    content = json.dumps(kept, ensure_ascii=False).encode()
    if not _path(digest).exists() or _path(digest).read_bytes() != content:  # others may be reading it
        _path(digest).write_bytes(content)


def of(owner: str, digest: str) -> Origin:
    """Empty for data that was read before this was noted, and for data that the owner has not."""
    if dataset_rows.by_id(digest, owner) is None:
        return Origin()
    try:
        told = json.loads(_path(digest).read_text("utf-8"))
    except (OSError, ValueError):
        return Origin()
    told = told if isinstance(told, dict) else {"parts": told}  # it was the list of parts alone once
    return Origin(**{**told, "parts": [{"step": 1, **part} for part in told["parts"]]})


def _path(digest: str) -> Path:
    return paths.datasets() / digest / "origin.json"
