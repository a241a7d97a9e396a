"""How good ranked lists are, person by person, where every item that is new to a person is ranked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from models.evaluation.metrics import Interval

CUTS = (5, 10, 20)  # lists of so many items
NAMES = tuple(f"{name}@{cut}" for name in ("ndcg", "recall", "hit", "mrr") for cut in CUTS)
RESAMPLES = 1000
DEVIATIONS = 1.96  # of a mean, to either side in its interval of 95 %


def ranks(scores: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Before how many items each wanted one comes, best first: (people, wanted) int64, -1 where there is none.

    Of equal scores the item with the lower number comes first, as in `best`.

    Args:
        scores: (people, items), -inf for those that are no longer new to a person.
        wanted: (people, wanted) numbers of items, -1 where a person has fewer.
    """
    own = np.take_along_axis(scores, np.maximum(wanted, 0), 1)
    found = np.empty(wanted.shape, np.int64)
    numbers = np.arange(scores.shape[1])
    for place in range(wanted.shape[1]):  # one at a time, for (people, wanted, items) would be too many
        mine, item = own[:, place, None], wanted[:, place, None]
        found[:, place] = (scores > mine).sum(1) + ((scores == mine) & (numbers < item)).sum(1)
    return np.where(wanted >= 0, found, -1)


def best(scores: np.ndarray, cut: int) -> np.ndarray:
    """The items of the highest scores: (people, cut) numbers, best first, from (people, items)."""
    cut = min(cut, scores.shape[1])
    some = np.sort(np.argpartition(-scores, cut - 1, axis=1)[:, :cut], axis=1)
    order = np.argsort(-np.take_along_axis(scores, some, 1), axis=1, kind="stable")
    return np.take_along_axis(some, order, 1)


def by_person(found: np.ndarray) -> dict[str, np.ndarray]:
    """Metric → (people,), from `ranks` (people, wanted).

    Of the items a person wanted, recall tells the share that is in the list, and hit whether any is; mrr is one over
    the place of the first (Voorhees 1999), 0 beyond the list. NDCG counts a wanted item less the further down it stands
    (Järvelin and Kekäläinen 2002), against the best order there could be.
    """
    there = found >= 0
    many = there.sum(1)
    gains = np.where(there, 1 / np.log2(np.maximum(found, 0) + 2), 0.0)
    first = np.where(there, found, np.iinfo(np.int64).max).min(1)
    ideal = np.concatenate([[0.0], np.cumsum(1 / np.log2(np.arange(max(CUTS)) + 2))])
    told: dict[str, np.ndarray] = {}
    for cut in CUTS:
        within = there & (found < cut)
        told[f"ndcg@{cut}"] = (gains * within).sum(1) / ideal[np.minimum(many, cut)]
        told[f"recall@{cut}"] = within.sum(1) / many
        told[f"hit@{cut}"] = within.any(1).astype(float)
        told[f"mrr@{cut}"] = np.where(first < cut, 1 / (np.minimum(first, cut) + 1.0), 0.0)
    return {name: told[name] for name in NAMES}


def intervals(people: Mapping[str, np.ndarray], *, level: float = 0.95) -> dict[str, Interval]:
    """Each metric's mean over people with its percentile bootstrap interval (Efron & Tibshirani 1993, chapter 13).

    Two people are added to those that are drawn from, one with 1 and one with 0, and equal values have equal intervals
    whoever has them, as in `models.evaluation.metrics.interval`.
    """
    table = np.stack(list(people.values()), 1)
    values, table = table.mean(0), np.sort(table, axis=0)
    means = _resampled(np.concatenate([table, np.ones((1, table.shape[1])), np.zeros((1, table.shape[1]))]))
    lows, highs = np.quantile(means, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return {
        name: {"value": float(value), "low": float(min(low, value)), "high": float(max(high, value))}
        for name, value, low, high in zip(people, values, lows, highs, strict=True)
    }


def approximated(people: np.ndarray) -> Interval:
    """The mean of a metric over people (people,) with its interval as `intervals` draws it, by the normal approximation
    of that draw: for many groups of people at once, where drawing would take a second."""
    value, more = float(people.mean()), np.append(people, (1.0, 0.0))
    reach = DEVIATIONS * more.std() / np.sqrt(len(people))
    low, high = (float(np.clip(more.mean() + side, 0, 1)) for side in (-reach, reach))
    return {"value": value, "low": min(low, value), "high": max(high, value)}


def difference(one: np.ndarray, other: np.ndarray, *, level: float = 0.95) -> Interval:
    """How much more `one` has than `other` in the mean, both (people,) of the same people: paired bootstrap."""
    gain = (one - other)[:, None]
    low, high = np.quantile(_resampled(gain), [(1 - level) / 2, (1 + level) / 2])
    return {"value": float(gain.mean()), "low": float(low), "high": float(high)}


def _resampled(table: np.ndarray) -> np.ndarray:
    """(resamples, columns): the means of as many people, drawn anew."""
    random, people = np.random.default_rng(0), len(table)
    draws = (random.multinomial(people, np.full(people, 1 / people)) for _ in range(RESAMPLES))
    return np.stack([weights @ table for weights in draws]) / people


def coverage(lists: np.ndarray, items: int) -> float:
    """The share of all items that stand in somebody's list; `lists` as of `best`."""
    return len(np.unique(lists)) / items


def novelty(lists: np.ndarray, counts: np.ndarray, people: int) -> float:
    """How surprising what the lists hold is, in bits: the mean of -log2 of the share of people who have an item (Zhou
    et al. 2010); an item that nobody has counts as one that half a person has.

    Args:
        counts: (items,) how many of the `people` have each.
    """
    shares = np.maximum(counts, 0.5) / people
    return float(-np.log2(shares[lists]).mean())


def padded(some: Sequence[np.ndarray], fill: int) -> np.ndarray:
    """(lists, longest) int64, each from its beginning."""
    table = np.full((len(some), max(map(len, some), default=0)), fill, np.int64)
    for row, one in enumerate(some):
        table[row, : len(one)] = one
    return table
