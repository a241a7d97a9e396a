"""How long something takes, told in the same way wherever it stands."""

from __future__ import annotations

import time
from collections.abc import Mapping

from pages.shared.i18n import _
from runs.store.records import Run

# From how many seconds on it is told in which unit, and by which steps; `duration` of the live view has the same.
UNITS = ((5400, "hours", 360), (90, "minutes", 60), (0, "seconds", 1))
OF_UNIT = {"hours": 3600, "minutes": 60, "seconds": 1}


def words() -> dict[str, str]:
    """The words for it, for components that tell what is left by themselves."""
    return {"under": _("under 1 s"), "seconds": _("{n} s"), "minutes": _("{n} min"), "hours": _("{n} h")}


def taken(run: Run) -> float:
    """The seconds that a run took until now: its own, and those in which a stopped one was evaluated and exported. A
    phase that is not over counts with the time that its process works."""
    known = max(sum((run.seconds or {}).values()), sum((run.result or {}).get("seconds", {}).values()))
    if run.status != "running":
        return known
    return max(known, time.time() - (run.started or time.time()) if run.parent else run.age)


def of(run: Run) -> str:
    """The same as people say it; "" for one that took none yet."""
    return told(seconds) if (seconds := taken(run)) else ""


def told(seconds: float) -> str:
    """Roughly, as people say it."""
    return _worded(seconds, *_unit(seconds))


def phases(parts: Mapping[str, float]) -> tuple[str, dict[str, str]]:
    """The sum of seconds and each of the `parts`, rounded so that what is told of these adds up to what is told of it.

    The part that is rounded most gives way, as with `models.evaluation.rounded_shares`.
    """
    _name, step = _unit(sum(parts.values()))
    whole = round(sum(parts.values()) / step) * step
    units = {part: _unit(seconds) for part, seconds in parts.items()}
    shown = {part: round(seconds / units[part][1]) * units[part][1] if seconds >= 1 else 0
             for part, seconds in parts.items()}  # fmt: skip
    may_change = [part for part, seconds in parts.items() if units[part][1] == step and seconds >= 1]
    while may_change and abs(sum(shown.values()) - whole) > step / 2:
        sign = 1 if sum(shown.values()) < whole else -1
        worst = max(may_change, key=lambda part: sign * (parts[part] - shown[part]))
        shown[worst] += sign * step
    return told(sum(parts.values())), {part: _worded(n, *units[part]) for part, n in shown.items()}


def _unit(seconds: float) -> tuple[str, int]:
    return next((name, step) for least, name, step in UNITS if seconds >= least)


def _worded(seconds: float, unit: str, step: int) -> str:
    if seconds < 1:
        return words()["under"]
    n = round(seconds / step) * step / OF_UNIT[unit]
    return words()[unit].format(n=f"{n:.1f}" if unit == "hours" else f"{n:.0f}")
