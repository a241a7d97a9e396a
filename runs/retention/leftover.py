"""Something that nobody needs any more, as a rule finds it: looked at by `--show`, removed by the agent."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


def _nothing() -> None:
    pass


def _always() -> bool:
    return True


@dataclass(frozen=True)
class Leftover:
    """`name`: what a host would know it by; `since`: when it was last of use; `files`: what lies on the disk;
    `then`: what is to be noted or deleted in the database once they are gone; `still`: whether nobody has come back to
    it since it was found."""

    name: str
    since: float
    files: Sequence[Path] = ()
    then: Callable[[], None] = _nothing
    still: Callable[[], bool] = _always

    @property
    def bytes(self) -> int:
        """As they count now; what is gone by now counts nothing."""
        return sum(_size(path) for path in _all(self.files))

    def remove(self) -> None:
        if not self.still():
            return
        for path in self.files:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        self.then()


def _all(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        yield from (path, *path.rglob("*")) if path.is_dir() else (path,)


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.lstat().st_size if not path.is_dir() else 0
    return 0
