"""Numbers that whoever runs the app sets in its environment."""

from __future__ import annotations

import logging
import os

log = logging.getLogger(__name__)


def number(name: str, usual: float, least: float = 0.0) -> float:
    """The variable `name`; `usual` where it is not set, or is no number of at least `least`, which is logged then."""
    told = os.environ.get(name, "").strip()
    try:
        found = float(told) if told else usual
    except ValueError:
        found = least - 1
    if least <= found < float("inf"):
        return found
    log.warning("%s=%r is no number of at least %g; %s is taken.", name, told, least, usual)
    return usual
