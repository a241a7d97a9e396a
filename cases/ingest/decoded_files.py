"""What decoding each file of a data set gives, several at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from models.progress import ProgressReporter

Decoded = tuple[dict[str, Any], np.ndarray | str]  # facts, and the content or the reason why it cannot be used


def decoded_files(
    placed: list[dict[str, Any]], decode: Callable[[Path], Decoded], report: ProgressReporter, *, batch: int, phase: str
) -> Iterator[Decoded]:
    """Each of the samples with its facts in place of its `path`, in their order; no more than a `batch` is held."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(placed), batch):
            report.check()
            report.progress(phase, start, len(placed))
            some = placed[start : start + batch]
            for sample, (facts, outcome) in zip(some, pool.map(decode, [one["path"] for one in some]), strict=True):
                rest = {key: value for key, value in sample.items() if key != "path"}
                yield {**rest, **facts}, outcome
    report.progress(phase, len(placed), len(placed))
