"""Which networks may learn to rank, as the setting `network` names them, and which is tried first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RESIDUAL = "residual"  # two towers that correct EASE
LEARNT_FROM_HISTORIES = ("attention", "towers", RESIDUAL)
CHOSEN, LIST = "automatic", "list"  # by validation; the strongest baseline without any network
MOST = 200  # items that speak for an item, whose weights leave in any case
MOST_WEIGHTS = 12_000_000  # of a list that leaves, 8 bytes each, unless `MOST` of each item are more
FIRST = {"network": "towers", "begin": "text"}  # what is tried first where validation chooses


def tried_first(values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` of settings with the network and the start of items that are tried first where validation chooses."""
    chosen = {name: first if values[name] == CHOSEN else values[name] for name, first in FIRST.items()}
    if chosen["network"] not in LEARNT_FROM_HISTORIES:
        chosen["begin"] = "nothing"
    return {**values, **chosen}


def most_kept(items: int) -> int:
    """How many weights of each item leave at most, of a list for so many."""
    return min(items, max(MOST, MOST_WEIGHTS // items))
