"""Classes that are ranges of numbers: their names, which tell their order, and the order in which all are listed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
_UNITS = "%％¥￥$€£ "
_NAME = re.compile(r"([1-9]\d*) \((?:≤ (?P<most>\S+)|(?P<low>\S+) – (?P<high>\S+)|> (?P<least>\S+))\)")


def names(edges: Sequence[float]) -> list[str]:
    """Of the ranges, numbered, so that they stand in their order wherever classes are sorted."""
    shown = [f"{shortest(edge):,}" for edge in edges]
    middle = [f"{low} – {high}" for low, high in pairwise(shown)]
    return [f"{place} ({name})" for place, name in enumerate([f"≤ {shown[0]}", *middle, f"> {shown[-1]}"], start=1)]


def places(classes: Iterable[str]) -> dict[str, int]:
    """Class → place from the lowest on, of the classes that are ranges; none where they are not of one grouping.

    The names tell it, so that it is known also of what was learnt from them, and where examples were given another.
    """
    found = sorted((int(name[1]), label, *_ends(name)) for label in {*classes} if (name := _NAME.fullmatch(label)))
    apart = all(one[0] < other[0] and one[3] <= other[2] for one, other in pairwise(found))
    return {one[1]: place for place, one in enumerate(found)} if len(found) > 1 and apart else {}


def listed(sizes: Mapping[str, int]) -> list[str]:
    """The classes of these sizes as a list shows them: ranges in their order, then all others, the largest first."""
    known = places(sizes)
    return sorted(sizes, key=lambda label: (known.get(label, len(known)), 0 if label in known else -sizes[label]))


def number(cell: str) -> float | None:
    """What a cell says, a unit of money or a per cent beside it; None where it is no number."""
    text = cell.strip(_UNITS)
    if not any(sign.isdigit() for sign in text) or not _NUMBER.fullmatch(text):
        return None
    found = float(text.replace(",", ""))
    return found if math.isfinite(found) else None


def shortest(edge: float) -> float | int:
    return int(edge) if edge.is_integer() and abs(edge) < 1e15 else edge


def _ends(name: re.Match[str]) -> tuple[float, float]:
    """From and to; NaN, which is in no order, where it is no number."""
    low, high = name["low"] or name["least"], name["high"] or name["most"]
    from_, to = -math.inf if low is None else number(low), math.inf if high is None else number(high)
    return math.nan if from_ is None else from_, math.nan if to is None else to
