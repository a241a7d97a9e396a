"""Runs whose processes were killed for want of memory: their next one begins with smaller batches."""

from __future__ import annotations

from runs import paths

FILE = "shortage"  # in the run's folder: how often


def note(run: str) -> None:
    (paths.run(run) / FILE).write_text(str(times(run) + 1))


def times(run: str) -> int:
    try:
        return int((paths.run(run) / FILE).read_text())
    except (FileNotFoundError, ValueError):  # never, or the machine went down while it was noted
        return 0
