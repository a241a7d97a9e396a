"""What the lists of a recommender show: they hold what is popular anyway, and do worse where little is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from runs.results.diagnosis import DEVIATIONS, Diagnosis

CUT = 10  # of a list
FEWEST = 20  # users in each of two groups
MORE_POPULAR = 1.5  # times as many users has what is listed as what was wanted, at least
COLD = 5  # users of an item, or interactions of a user, up to which hardly anything is known of them
WORSE = 0.5  # of the others' NDCG, at most


def diagnose(table: pd.DataFrame, people: np.ndarray, coverage: float | None) -> list[Diagnosis]:
    """
    Args:
        table: as `runs.results.recommendations.of` gives it.
        people: (items,) how many users have each.
        coverage: the share of all items that the lists show; None where nobody counted.
    """
    if len(table) < FEWEST:
        return []
    wanted = np.array([people[items].mean() for items in table["wanted"]])
    cold = [_cold("cold_items", wanted, table), _cold("cold_users", table["before"].to_numpy(float), table)]
    found = [_popularity(table, people, wanted, coverage), *cold]
    return [one for one in found if one]


def _popularity(
    table: pd.DataFrame, people: np.ndarray, wanted: np.ndarray, coverage: float | None
) -> Diagnosis | None:
    """Lists beside what the same users went on to choose; neither holds what a user already had. H. Abdollahpouri et
    al. ("The Unfairness of Popularity Bias in Recommendation", 2019) lay them beside the histories."""
    listed = np.array([people[items[:CUT]].mean() for items in table["list"]])
    more = listed - wanted
    if listed.mean() < MORE_POPULAR * wanted.mean() or not _apart(more, np.zeros(1)):
        return None
    return Diagnosis("popularity_bias", {"listed": float(listed.mean()), "wanted": float(wanted.mean()),
                                    "coverage": coverage})  # fmt: skip


def _cold(name: str, known: np.ndarray, table: pd.DataFrame) -> Diagnosis | None:
    """The users of whom, or of whose wanted items, hardly anything is known, beside the others."""
    ndcg = table["ndcg@10"].to_numpy()
    few = known <= COLD
    cold, rest = ndcg[few], ndcg[~few]
    if min(len(cold), len(rest)) < FEWEST or cold.mean() > WORSE * rest.mean() or not _apart(rest, cold):
        return None
    return Diagnosis(name, {"most": COLD, "low": float(cold.mean()), "rest": float(rest.mean())})


def _apart(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two means differ by more than chance, by the normal approximation (Welch 1947)."""
    wavers = sum(part.var(ddof=1) / len(part) for part in (one, other) if len(part) > 1)
    return bool(one.mean() - other.mean() > DEVIATIONS * np.sqrt(wavers))
