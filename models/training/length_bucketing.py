"""Batches of items of like length: less is computed on what only fills them up. Needs no torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from models.memory import Fitting, Growth
from models.progress import QUIET, ProgressReporter

POOL = 32  # batches; so many items at random are sorted at once


def training_order(lengths: np.ndarray, batch: int, *, seed: int, epoch: int) -> np.ndarray:
    """All items once, chance drawn anew for each epoch: every `batch` in a row are of like length."""
    random = np.random.default_rng((seed, epoch))
    items = random.permutation(len(lengths))
    pools = np.split(items, range(batch * POOL, len(items), batch * POOL))
    items = np.concatenate([pool[np.argsort(lengths[pool], kind="stable")] for pool in pools])
    whole = len(items) // batch * batch
    return np.concatenate([random.permutation(items[:whole].reshape(-1, batch)).ravel(), items[whole:]])


def batches_within(lengths: Sequence[int] | np.ndarray, most: int) -> list[np.ndarray]:
    """The numbers of the items in batches of like length, the longest first.

    A batch, each of its items counted as long as the longest, has at most `most`, or is a single item.
    """
    order = np.argsort(lengths, kind="stable")[::-1]
    batches, start = [], 0
    while start < len(order):
        stop = start + max(1, most // lengths[order[start]])
        batches.append(order[start:stop])
        start = stop
    return batches


def computed_each(lengths: Sequence[int] | np.ndarray, most: int, together: int) -> float:
    """The length that is computed for an item on average, with what fills its batch up, where so many items in a row
    are parted `together` by `batches_within`."""
    groups = (lengths[start : start + together] for start in range(0, len(lengths), together))
    whole = sum(len(batch) * group[batch[0]] for group in groups for batch in batches_within(group, most))
    return float(whole) / len(lengths)


def computed(
    lengths: Sequence[int], most: int, width: int, compute: Callable[[np.ndarray], np.ndarray],
    report: ProgressReporter = QUIET, growth: Growth | None = None,
) -> np.ndarray:  # fmt: skip
    """(items, width) float32 in the order of `lengths`: what `compute` makes of each batch, given the numbers of its
    items, or of parts of it where memory runs out. Where there is a `growth` it says, in the place of `most`, how much
    a batch may have."""
    found, fitting = np.empty((len(lengths), width), np.float32), Fitting(report)
    if growth:
        return _grown(found, np.asarray(lengths), compute, growth)
    for items in batches_within(lengths, most):
        found[items] = np.concatenate(fitting(partial(_part, compute, items), 0, len(items)))
    return found


def _part(compute: Callable[[np.ndarray], np.ndarray], items: np.ndarray, start: int, stop: int) -> np.ndarray:
    return compute(items[start:stop])


def _grown(
    found: np.ndarray, lengths: np.ndarray, compute: Callable[[np.ndarray], np.ndarray], growth: Growth
) -> np.ndarray:
    order, start = np.argsort(lengths, kind="stable")[::-1], 0
    while start < len(order):
        items = order[start : start + max(1, growth.size // int(lengths[order[start]]))]
        full = len(items) < len(order) - start
        made = growth.tried(partial(compute, items), full=full, alone=len(items) == 1)
        if made is not None:
            found[items] = made
            start += len(items)
    return found
