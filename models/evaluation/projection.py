"""Many numbers per item made two, so that what is alike lies together."""

from __future__ import annotations

from typing import Any

import numpy as np

from models import memory
from models.memory import Fitting
from models.progress import QUIET, ProgressReporter

WIDTH = 50  # dimensions that are kept for a map
MOST = 5000  # points that are drawn


def condense(vectors: np.ndarray, report: ProgressReporter = QUIET) -> np.ndarray:
    """(items, at most WIDTH): the principal components of (items, width); where memory runs out, those of fewer of
    them."""
    mean, axes = memory.fewer(lambda rows: _axes(vectors, rows), len(vectors), report)
    laid = lambda start, stop: ((_tensor(vectors[start:stop]) - mean) @ axes).numpy()  # noqa: E731
    return np.concatenate(Fitting(report)(laid, 0, max(1, len(vectors))))


def _axes(vectors: np.ndarray, rows: int) -> tuple[Any, Any]:
    """The middle (width,) and the directions (width, at most WIDTH) in which so many of the items, evenly drawn, lie
    furthest apart; tensors."""
    import torch

    some = vectors if rows >= len(vectors) else vectors[np.linspace(0, len(vectors) - 1, rows).astype(int)]
    given = _tensor(some)
    mean = given.mean(0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        _, _, axes = torch.pca_lowrank(given - mean, min(WIDTH, *some.shape), center=False, niter=4)
    return mean, axes


def _tensor(vectors: np.ndarray) -> Any:
    import torch

    return torch.from_numpy(np.ascontiguousarray(vectors, np.float32))


def chosen(parts: np.ndarray, most: int = MOST) -> np.ndarray:
    """Places of the items to draw: of each part in the order test, validation, train while there is room."""
    random = np.random.default_rng(0)
    places: list[np.ndarray] = []
    for part in ("test", "validation", "train"):
        here = np.flatnonzero(parts == part)
        room = most - sum(len(one) for one in places)
        places.append(here if len(here) <= room else np.sort(random.choice(here, room, replace=False)))
    return np.concatenate(places)


def flatten(vectors: np.ndarray) -> np.ndarray:
    """(items, 2) by t-SNE (van der Maaten & Hinton 2008); of very few items the first two components."""
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    if len(vectors) < 10 or vectors.shape[1] < 3:
        return np.pad(vectors, ((0, 0), (0, 2)))[:, :2]
    with threadpool_limits(1):  # on few items threads wait for each other most of the time
        perplexity = min(30.0, (len(vectors) - 1) / 3)
        return TSNE(perplexity=perplexity, init="pca", random_state=0, n_jobs=1).fit_transform(vectors)
