"""Classes that are ranges of numbers: their names, and the order of the ranges."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
_UNITS = "%％¥￥$€£ "
_NAME = re.compile(r"([1-9]\d*) \((?:≤ (?P<most>\S+)|(?P<low>\S+) – (?P<high>\S+)|> (?P<least>\S+))\)")


def names(edges: Sequence[float]) -> list[str]:
    """Name the ranges between these edges. Names begin with a number, so that sorting by name keeps the order."""
    shown = [f"{as_integer(edge):,}" for edge in edges]
    middle = [f"{low} – {high}" for low, high in pairwise(shown)]
    return [f"{place} ({name})" for place, name in enumerate([f"≤ {shown[0]}", *middle, f"> {shown[-1]}"], start=1)]


def order(classes: Iterable[str]) -> dict[str, int]:
    """Map each class that is a range to its position, the lowest first.

    Empty if fewer than two classes are ranges, or if the ranges overlap. The position comes from the names, so that it
    is also known for a trained model and for corrected labels.
    """
    found = sorted((int(name[1]), label, *_ends(name)) for label in {*classes} if (name := _NAME.fullmatch(label)))
    apart = all(one[0] < other[0] and one[3] <= other[2] for one, other in pairwise(found))
    return {one[1]: place for place, one in enumerate(found)} if len(found) > 1 and apart else {}


def sorted_classes(sizes: Mapping[str, int]) -> list[str]:
    """Sort classes for display: ranges by position, then the other classes by size, the largest first."""
    known = order(sizes)
    return sorted(sizes, key=lambda label: (known.get(label, len(known)), 0 if label in known else -sizes[label]))


def parse_number(cell: str) -> float | None:
    """Parse a cell, which may have a currency or per cent sign; None if it is not a number."""
    text = cell.strip(_UNITS)
    if not any(sign.isdigit() for sign in text) or not _NUMBER.fullmatch(text):
        return None
    found = float(text.replace(",", ""))
    return found if math.isfinite(found) else None


def as_integer(edge: float) -> float | int:
    """Return whole numbers as integers, which are written without “.0”."""
    return int(edge) if edge.is_integer() and abs(edge) < 1e15 else edge


def _ends(name: re.Match[str]) -> tuple[float, float]:
    """Return both ends of a range; NaN, which compares as false, for an end that is not a number."""
    low, high = name["low"] or name["least"], name["high"] or name["most"]
    from_, to = -math.inf if low is None else parse_number(low), math.inf if high is None else parse_number(high)
    return math.nan if from_ is None else from_, math.nan if to is None else to
