"""Groups that nobody named: items whose vectors point the same way, and how many such groups there seem to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.evaluation import projection
from models.progress import ProgressReporter

MOST = 20  # groups
EACH = 5  # items for each group there could be
KIND = 20  # items of a kind, for it to have a centre of its own
JUDGED = 2000  # items by which the number of groups is suggested
UP_TO = 12  # groups that are suggested; more are for the person to ask for
CLEARLY = 1.5  # times as good must two groups be as any other number, for two is what the measure nearly always prefers


@dataclass(frozen=True, eq=False)
class Clustering:
    """`labels`: (items,) the group of each, the largest 0; `nearness`: (items,) cosine to the centre of that group."""

    labels: np.ndarray
    nearness: np.ndarray


def directions(vectors: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """(items, at most mapping.WIDTH), each of length 1: what sets an item apart from the others of its kind.

    Args:
        vectors: (items, width).
        kinds: (items,) of any type. What a kind has in common, for instance the language of texts, is taken out, so
            that groups are about something else.
    """
    centred = vectors - vectors.mean(0)
    for kind in np.unique(kinds):
        here = np.flatnonzero(kinds == kind)
        if len(here) >= KIND:
            centred[here] -= centred[here].mean(0)
    return _unit(projection.condense(centred))


def numbers(different: int) -> range:
    """The numbers of groups that so many different items can be put into; none where there are too few."""
    return range(2, min(MOST, different // EACH) + 1)


def cluster(points: np.ndarray, choices: range, report: ProgressReporter) -> dict[int, Clustering]:
    """Spherical k-means (Dhillon & Modha 2001) on the (items, width) of `directions`, for every number of groups."""
    from threadpoolctl import threadpool_limits

    found = {}
    with threadpool_limits(1):  # on points this narrow threads wait for each other most of the time
        for done, number in enumerate(choices):
            report.check()
            report.progress("groups", done, len(choices))
            found[number] = _cluster(points, number)
    report.progress("groups", len(choices), len(choices))
    return found


def _cluster(points: np.ndarray, number: int) -> Clustering:
    from sklearn.cluster import KMeans

    fitted = KMeans(number, n_init=3, random_state=0).fit(points)
    order = np.argsort(-np.bincount(fitted.labels_, minlength=number), kind="stable")
    labels = np.argsort(order)[fitted.labels_]
    centres = _unit(fitted.cluster_centers_[order])
    return Clustering(labels, (points * centres[labels]).sum(1))


def suggested(points: np.ndarray, clusterings: Mapping[int, Clustering]) -> int:
    """The number whose groups are the most apart, by the silhouette (Rousseeuw 1987) of some items."""
    from sklearn.metrics import silhouette_score

    some = np.random.default_rng(0).permutation(len(points))[:JUDGED]
    apart = {}
    for number, found in clusterings.items():
        labels = found.labels[some]
        if number <= UP_TO and 1 < len(np.unique(labels)) < len(some):
            apart[number] = silhouette_score(points[some], labels)
    more = {number: score for number, score in apart.items() if number > 2}
    if not more or apart.get(2, -1.0) > CLEARLY * max(more.values()):
        return 2
    return max(more, key=more.__getitem__)


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
