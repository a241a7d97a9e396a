"""Labels of training examples that nobody labelled one by one: they are grouped first, and the groups are named."""

from __future__ import annotations

import numpy as np

SEEN = 3  # examples of a group that somebody looks at to name it


def named(features: np.ndarray, labels: np.ndarray, groups: int, seed: int) -> np.ndarray:
    """(items,) the class of each item's group: the most frequent among the `SEEN` nearest to its centre (k-means; Lloyd
    1982). Nothing else of `labels` is looked at.

    Args:
        features: (items, width), as the network spreads them.
    """
    from sklearn.cluster import KMeans  # half a second of imports, which no page needs

    found = KMeans(min(groups, len(features)), n_init=4, random_state=seed).fit(features)
    given = np.empty_like(labels)
    for group, centre in enumerate(found.cluster_centers_):
        inside = np.flatnonzero(found.labels_ == group)
        nearest = inside[np.argsort(((features[inside] - centre) ** 2).sum(1), kind="stable")[:SEEN]]
        given[inside] = np.bincount(labels[nearest]).argmax()
    return given
