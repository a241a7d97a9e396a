"""Who decodes the files of an upload: the cores of this machine, or others."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from models.progress import ProgressReporter

Decoded = tuple[dict[str, Any], np.ndarray | str]  # facts, and the content or the reason why it cannot be used
Decode = Callable[[Path], Decoded]


class Decoders(Protocol):
    """Decodes files, several at once."""

    def __call__(
        self, files: Sequence[Path], decode: Decode, report: ProgressReporter, *, batch: int, phase: str
    ) -> Generator[Decoded]:
        """What `decode` gives of each of the files, in their order; few more than a `batch` are held.

        Args:
            decode: a function of a module of `cases`, so that another machine finds it by its name.
            phase: the files are reported under this name.
        """
