"""Batches of items of like length: less is computed on what only fills them up. Needs no torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

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


def computed(lengths: Sequence[int], most: int, width: int, compute: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """(items, width) float32 in the order of `lengths`: what `compute` makes of each batch, given the numbers of its
    items."""
    found = np.empty((len(lengths), width), np.float32)
    for items in batches_within(lengths, most):
        found[items] = compute(items)
    return found
