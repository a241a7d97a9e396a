"""The kinds of work a run can be, and whom each may keep waiting."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """`lane`: training; lengthy for what takes minutes where there is much of it; interactive for what somebody waits
    for at the page. `work`: the function of this package that does it, as module.function(run, report)."""

    name: str
    lane: str
    work: str


KINDS = {
    kind.name: kind
    for kind in (
        Kind("fine_tune", "training", "fine_tuning.fine_tune"),
        Kind("read", "interactive", "reading.read"),
        Kind("keep", "lengthy", "fine_tuning.keep"),
        Kind("rehearse", "interactive", "rehearsing.rehearse"),
        Kind("explain", "interactive", "explaining.explain"),
        Kind("map", "interactive", "mapping.draw"),
        Kind("predict", "lengthy", "predicting.predict"),
        Kind("group", "lengthy", "grouping.group"),
    )
}
LANES = ("interactive", "lengthy", "training")


def in_lane(lane: str) -> list[str]:
    return [kind.name for kind in KINDS.values() if kind.lane == lane]
