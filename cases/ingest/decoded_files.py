"""What decoding each file of a data set gives, several at once."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from models.progress import ProgressReporter

Decoded = tuple[dict[str, Any], np.ndarray | str]  # facts, and the content or the reason why it cannot be used


def decoded_files(
    placed: list[dict[str, Any]], decode: Callable[[Path], Decoded], report: ProgressReporter, *, batch: int,
    phase: str, workers: int | None = None,
) -> Iterator[Decoded]:  # fmt: skip
    """Each of the samples with its facts in place of its `path`, in their order; no more than a `batch` is held.

    The decoders let other threads compute. `workers`: how many, as many as there are cores unless it is said.
    """
    waiting: deque[Future[Decoded]] = deque()
    pool = ThreadPoolExecutor(workers or os.cpu_count())
    try:
        waiting.extend(pool.submit(decode, one["path"]) for one in placed[:batch])
        for number, sample in enumerate(placed):
            if number % batch == 0:
                report.check()
                report.progress(phase, number, len(placed))
            facts, outcome = waiting.popleft().result()
            if number + batch < len(placed):  # the cores have work while what came is taken
                waiting.append(pool.submit(decode, placed[number + batch]["path"]))
            rest = {key: value for key, value in sample.items() if key != "path"}
            yield {**rest, **facts}, outcome
    finally:
        pool.shutdown(cancel_futures=True)
    report.progress(phase, len(placed), len(placed))
