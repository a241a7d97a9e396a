"""The rules that a host has settled on the page, which agents follow once a day.

The first time comes a day after they were settled, so that a mistake can be taken back.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from runs.identity import server_settings
from runs.identity.server_settings import RETENTION

DAY = 24 * 3600.0


def days() -> dict[str, float]:
    """Rule → days."""
    known = _settled().get("days")
    pairs = known.items() if isinstance(known, Mapping) else ()
    return {rule: float(value) for rule, value in pairs if isinstance(value, (int, float))}


def settle(rules: Mapping[str, float]) -> None:
    """In place of those before; without any, nothing is removed by itself."""
    server_settings.settle(RETENTION, {"days": dict(rules), "next": time.time() + DAY} if rules else None)


def next_time() -> float | None:
    """When they are followed next; None where there are none."""
    moment = _settled().get("next")
    return float(moment) if isinstance(moment, (int, float)) else None


def is_due() -> bool:
    return (next_time() or float("inf")) <= time.time()


def put_off() -> None:
    """They are being followed now: the next time is in a day."""
    settle(days())


def _settled() -> Mapping[str, Any]:
    known = server_settings.value(RETENTION)
    return known if isinstance(known, Mapping) else {}
