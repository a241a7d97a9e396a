"""How far who had what holds together: the largest k-core."""

from __future__ import annotations

import numpy as np


def largest(user: np.ndarray, item: np.ndarray) -> int:
    """The largest k for which something is left once users and items with fewer than k lines were removed again and
    again (Seidman 1983); 0 where there are no lines.

    Whoever has the fewest is taken away, a whole layer at a time: the most that these ever had is k. Each line is
    looked at once from both its ends.

    Args:
        user, item: (lines,) numbers from 0, each pair once.
    """
    if not len(user):
        return 0
    neighbours, starts, degree = _graph(user.astype(np.int64), item.astype(np.int64))
    there = degree > 0
    left, k = np.flatnonzero(there), 0
    while len(left):
        k = max(k, int(degree[left].min()))
        layer = left[degree[left] <= k]
        while len(layer):
            there[layer] = False
            reached = _of(layer, neighbours, starts)
            reached = reached[there[reached]]
            np.subtract.at(degree, reached, 1)
            layer = np.unique(reached[degree[reached] <= k])
        left = left[there[left]]
    return k


def _graph(user: np.ndarray, item: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Users and items as nodes, items behind the users: the neighbours of one after the other, where those of each
    start (nodes + 1,), and how many each has (nodes,)."""
    item = item + user.max() + 1
    ends = np.concatenate([user, item])
    neighbours = np.concatenate([item, user])[np.argsort(ends, kind="stable")]
    degree = np.bincount(ends)
    return neighbours, np.concatenate([[0], np.cumsum(degree)]), degree


def _of(nodes: np.ndarray, neighbours: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The neighbours of all these nodes, one after the other."""
    many = starts[nodes + 1] - starts[nodes]
    begins = np.cumsum(many) - many
    return neighbours[np.repeat(starts[nodes] - begins, many) + np.arange(many.sum())]
