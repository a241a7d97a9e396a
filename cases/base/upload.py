"""What a person uploads, sample data that stand in for it, and where work on either keeps its files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cases.base.decoding import Decoders


@dataclass(frozen=True)
class UploadedFile:
    """One uploaded file, the part of the data it holds ("" is ours to split), and the class it was given by hand."""

    path: Path
    name: str
    split: str = ""
    label: str = ""


@dataclass(frozen=True)
class Sample:
    """Data to try a case with: `title` (on a button) and `origin` are message ids.

    `write` writes them into a folder as a person would upload them; raises InputError where they are not installed, or,
    of those that are `fetched` from the network, cannot be had. `file` is how it is called then.
    """

    name: str
    title: str
    origin: str
    write: Callable[[Path], UploadedFile]
    file: str
    fetched: bool = False


@dataclass(frozen=True)
class WorkDirs:
    """Where work on one run or data set may keep things: its own folder and what outlives it.

    `cache`: models, which all share. `own`: what is kept of the data, where several people do not share that.
    `decoders`: who decodes what was brought, unless the cores of this machine do.
    """

    folder: Path
    cache: Path
    own: Path | None = None
    decoders: Decoders | None = None

    @property
    def kept(self) -> Path:
        """Where decoded data and features are kept from run to run."""
        return self.own or self.cache
