"""Checkpoints where they are dear: not after every epoch of a few steps.

Of 16 texts an epoch is one step, and writing half a gigabyte takes longer than to make it. What is left out costs a
training that breaks off the epochs since the last checkpoint, which are made again with the same numbers.
"""

from __future__ import annotations

DEAR = 0.3  # seconds; a checkpoint that is written sooner is never left out
APART = 10  # times as long as a checkpoint takes, so much is learnt before the next one


def due(since: float, took: float) -> bool:
    """Whether the next one is due.

    Args:
        since: seconds since the last one was written.
        took: seconds that it took to write.
    """
    return took <= DEAR or since >= APART * took
