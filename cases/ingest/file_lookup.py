"""Which file a table means when it names one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Generic, TypeVar

F = TypeVar("F")


class Names(Generic[F]):
    """Files found by their path, by the end of it, without its ending, and however it is capitalised.

    Where a name fits several files at one of these stages, none is meant.
    """

    def __init__(self, files: Iterable[tuple[str, F]]) -> None:
        self.stages: tuple[dict[str, list[F]], ...] = ({}, {}, {})
        for name, file in files:
            for stage, keys in zip(self.stages, _keys(_plain(name)), strict=True):
                for key in keys:
                    stage.setdefault(key, []).append(file)

    def find(self, name: str) -> list[F]:
        """The files this may mean: none, the one, or several that it cannot tell apart."""
        plain = _plain(name)
        asked = (plain, plain.lower(), plain.lower())
        return next((found for key, stage in zip(asked, self.stages, strict=True) if (found := stage.get(key))), [])


def _plain(name: str) -> str:
    parts = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", "."))


def _keys(name: str) -> tuple[list[str], list[str], list[str]]:
    parts = name.lower().split("/")
    ends = ["/".join(parts[start:]) for start in range(len(parts))]
    bare = [end.removesuffix(PurePosixPath(end).suffix) for end in ends]
    return [name], ends, bare
