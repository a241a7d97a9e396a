"""When something happened, however it was written: seconds since 1970, or parts of them, or a date."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

_DATE = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}.*")
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[+-]\d{2}:?\d{2})?"
_YEAR = (
    r"(?<!\d)(?:1[5-9]|2[01])\d\d(?!\d{1,3}(?!\d))|\w+[-./, ]+\w+[-./, ]+\d{2}(?!\d)"  # or two digits behind two words
)
LEAST = 1e8  # seconds, 1973; smaller numbers are places in an order
_PARTS = ((1e11, 1e3), (1e14, 1e6), (1e17, 1e9))  # from where on a number is in milli-, micro- or nanoseconds
_MOST = 1e20  # beyond that it is no time; 1e11 seconds are the year 5138


def is_time(text: str) -> bool:
    """Whether it is surely one: a date, or a number of seconds after 1973."""
    if _DATE.match(text):
        return True
    try:
        return abs(float(text)) >= LEAST
    except ValueError:
        return False


def ordered(times: np.ndarray) -> bool:
    """Whether most are known (finite), and not all the same: so many say an order, and the few others are left out of
    what goes by it."""
    known = times[np.isfinite(times)]
    return bool(len(known)) and 2 * len(known) >= len(times) and bool(known.min() < known.max())


def seconds(texts: Sequence[str]) -> np.ndarray:
    """(texts,) float64 since 1970 in UTC; NaN where there is none or it cannot be read. Small numbers stay."""
    given = pd.Series(texts, dtype="str")
    found = pd.to_numeric(given, errors="coerce").to_numpy(np.float64, copy=True)
    found[~np.isfinite(found)] = np.nan
    size = np.abs(found)
    found[size >= _MOST] = np.nan
    for begin, parts in _PARTS:
        found = np.where((begin <= size) & (size < 1e3 * begin), found / parts, found)
    words = np.isnan(found) & (given != "").to_numpy()
    if words.any():
        found[words] = _dates(given[words])
    return found


def _dates(given: pd.Series) -> np.ndarray:
    """Only of what names a year: pandas takes `12:00`, `May 3` or `now` for a moment of the day of the reading."""
    plain = given.str.replace(r"[年月/]", "-", regex=True).str.replace("日", "", regex=False)
    plain = plain.where(plain.str.replace(_CLOCK, "", regex=True).str.contains(_YEAR), "")
    read = pd.to_datetime(plain, errors="coerce", utc=True, format="ISO8601")
    unread = read.isna()
    if unread.any():
        read = read.copy()
        read[unread] = pd.to_datetime(plain[unread], errors="coerce", utc=True, format="mixed")
    told = read.dt.tz_localize(None).astype("datetime64[us]").to_numpy()
    return np.where(np.isnat(told), np.nan, told.astype(np.int64) / 1e6)
