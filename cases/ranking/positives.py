"""Which ratings are positive feedback: from a minimum on that the data themselves suggest, a person sets, or all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from models.errors import N_, InputError

FOUND, ALL = "automatic", "all"
UPPER = 0.75  # of the scale: a rating so high is liked, however kind people are
MOST_STEPS = 21  # from 0 to 10 in halves, or to 100 in fives
ENOUGH = 0.5  # of those who could be tested if all counted must be left to be tested


def said(min_rating: float | str | None) -> float | str:
    """What the setting means: `FOUND`, `ALL` or a number. Settings of older versions say None where all count.

    Raises:
        InputError: it is none of these.
    """
    if min_rating is None or min_rating == "":
        return ALL
    if min_rating in (FOUND, ALL):
        return min_rating
    try:
        number = float(min_rating)
    except (ValueError, TypeError, OverflowError):
        number = np.nan
    if np.isfinite(number):
        return number
    raise InputError(
        found=N_("The minimum rating was given as “{least}”."),
        expected=N_("A number is needed, or one of the choices."),
        remedy=N_("Correct it and start again."),
        least=str(min_rating)[:80],
    )


def minimum(had: pd.DataFrame, min_rating: float | str | None, *, counted: bool) -> float | None:
    """The rating from which on an interaction is positive; None where all are.

    Found it is the lowest rating given that reaches the mean of the users' means, but at least the middle of the scale
    and at most three quarters of it: 4 of 1 to 5 where people give 3.6, and where they give 4.5 too. Counts are no
    ratings: there, and where it would leave less than half of the users to be tested, all are positive.

    Args:
        had: a line for each interaction, with the columns user and value.
    """
    asked = said(min_rating)
    if asked != FOUND:
        return None if asked == ALL else float(asked)
    values = had["value"].to_numpy(np.float64)
    known = np.isfinite(values)
    grades = np.unique(values[known])
    if counted or len(grades) < 2:
        return None
    mean = had[known].groupby("user")["value"].mean().mean()
    low, high = grades[[0, -1]]
    bar = min(max(mean, (low + high) / 2), low + UPPER * (high - low))
    found = float(grades[grades >= bar - 1e-6].min())
    users = had["user"].to_numpy()
    return found if _tested(users[~(values < found)]) >= ENOUGH * _tested(users) else None


def steps(values: np.ndarray, *, counted: bool) -> list[str]:
    """The grades of a rating scale from the second on, as settings: from the lowest on all are positive. None of
    counts, and of a scale so fine that nobody would look through it."""
    grades = np.unique(values[np.isfinite(values)])
    return [] if counted or len(grades) > MOST_STEPS else [f"{grade:g}" for grade in grades[1:].tolist()]


def _tested(user: np.ndarray) -> int:
    """How many have the two items that a test takes."""
    return int((np.bincount(user) > 1).sum()) if len(user) else 0


def as_setting(min_rating: Any) -> str:
    """As it is kept and shown in the form."""
    asked = said(min_rating)
    return asked if isinstance(asked, str) else f"{asked:g}"
