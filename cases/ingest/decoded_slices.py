"""A folder in which several machines decode the files of an upload: what is to be done, and what was done of it.

The files are cut into slices. What is made of a slice is one file of safetensors, which runs nothing when it is opened:
the contents as arrays, and in its header the facts of each file, and why those without content cannot be used. It has
its name once it is whole.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from cases.base.decoding import Decode, Decoded

ASKED, DONE = "asked.json", ".safetensors"
BYTES = 64 * 10**6  # of the files of a slice, unless it is one file: so a slice takes seconds


class OtherFile(Exception):
    """A machine does not find the file that was brought, as where the folder is not the same one there."""


@dataclass(frozen=True)
class Slices:
    """`function`: that decodes, as module:name. `ends`: where each slice begins, and the end of the last."""

    folder: Path
    function: str
    files: Sequence[tuple[str, int]]  # path, bytes
    ends: Sequence[int]

    @classmethod
    def cut(cls, folder: Path, files: Sequence[Path], decode: Decode, most: int) -> Slices:
        """Write down what is to be done; `most`: files of a slice."""
        sizes = [file.stat().st_size for file in files]
        named = [(str(file), size) for file, size in zip(files, sizes, strict=True)]
        made = cls(folder, f"{decode.__module__}:{decode.__name__}", named, _ends(sizes, most))
        folder.mkdir(parents=True)
        (folder / ASKED).write_text(json.dumps({"function": made.function, "files": named, "ends": made.ends}))
        return made

    @classmethod
    def open(cls, folder: Path) -> Slices:
        return cls(folder, **json.loads((folder / ASKED).read_text()))

    @property
    def numbers(self) -> range:
        return range(len(self.ends) - 1)

    @cached_property
    def decode(self) -> Decode:
        module, name = self.function.split(":")
        if not module.startswith("cases."):
            raise ValueError(f"{self.function} decodes nothing.")
        found: Decode = getattr(import_module(module), name)
        return found

    def of(self, number: int) -> Sequence[tuple[str, int]]:
        """The files of a slice."""
        return self.files[self.ends[number] : self.ends[number + 1]]

    def work(self, number: int) -> None:
        """Decode the files of a slice, and leave what came of it; a second time changes nothing."""
        outcomes = [self._decoded(Path(path), size) for path, size in self.of(number)]
        contents = {str(row): outcome for row, (_, outcome) in enumerate(outcomes) if not isinstance(outcome, str)}
        told = [(facts, outcome if isinstance(outcome, str) else None) for facts, outcome in outcomes]
        partial = self.folder / f"{uuid4().hex}.partial"
        save_file(contents, partial, metadata={"told": json.dumps(told)})
        partial.replace(self._path(number))

    def _decoded(self, path: Path, size: int) -> Decoded:
        """A file that another machine sees otherwise is not called damaged, for here it may be whole."""
        if not path.is_file() or path.stat().st_size != size:
            raise OtherFile(path)
        return self.decode(path)

    def take(self, number: int) -> list[Decoded] | None:
        """What came of a slice, and remove it; None while it is not there, or where it was not written to its end."""
        path = self._path(number)
        try:
            with safe_open(path, "numpy") as kept:
                told: list[tuple[dict[str, Any], str | None]] = json.loads(kept.metadata()["told"])
                found: list[Decoded] = [
                    (facts, kept.get_tensor(str(row)) if reason is None else reason)
                    for row, (facts, reason) in enumerate(told)
                ]
        except (FileNotFoundError, SafetensorError):
            return None
        path.unlink()
        return found

    def ready(self, first: int) -> int:
        """How many files are in the slices from the `first` on that wait to be taken; one may be done a second time."""
        found = (int(path.stem) for path in self.folder.glob(f"*{DONE}"))
        return sum(len(self.of(number)) for number in found if number >= first)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number}{DONE}"


def _ends(sizes: Sequence[int], most: int) -> list[int]:
    ends, held = [0], 0
    for row, size in enumerate(sizes):
        if row > ends[-1] and (row - ends[-1] == most or held + size > BYTES):
            ends.append(row)
            held = 0
        held += size
    return [*ends, len(sizes)]
