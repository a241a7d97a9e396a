"""What decoding each file of a data set gives, several at once."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

from cases.base.decoding import Decode, Decoded, Decoders
from models.progress import ProgressReporter


def decoded_files(
    placed: list[dict[str, Any]], decode: Decode, report: ProgressReporter, *, batch: int, phase: str,
    decoders: Decoders | None = None,
) -> Iterator[Decoded]:  # fmt: skip
    """Each of the samples with its facts in place of its `path`, in their order.

    `decoders`: see there; the cores of this machine unless others are given.
    """
    files = [sample["path"] for sample in placed]
    with closing((decoders or on_cores)(files, decode, report, batch=batch, phase=phase)) as outcomes:
        for sample, (facts, outcome) in zip(placed, outcomes, strict=True):
            rest = {key: value for key, value in sample.items() if key != "path"}
            yield {**rest, **facts}, outcome


def on_cores(
    files: Sequence[Path], decode: Decode, report: ProgressReporter, *, batch: int, phase: str,
    workers: int | None = None,
) -> Generator[Decoded]:  # fmt: skip
    """Decode by threads of this process; see `Decoders`. The decoders let other threads compute.

    `workers`: how many, as many as there are cores unless it is said.
    """
    waiting: deque[Future[Decoded]] = deque()
    pool = ThreadPoolExecutor(workers or os.cpu_count())
    try:
        waiting.extend(pool.submit(decode, file) for file in files[:batch])
        for number in range(len(files)):
            if number % batch == 0:
                report.check()
                report.progress(phase, number, len(files))
            outcome = waiting.popleft().result()
            if number + batch < len(files):  # the cores have work while what came is taken
                waiting.append(pool.submit(decode, files[number + batch]))
            yield outcome
    finally:
        pool.shutdown(cancel_futures=True)
    report.progress(phase, len(files), len(files))
