"""The rules, and how many days each leaves things alone: `CASEBOOK_KEEP_DAYS="failed=30, drafts=14"`, or as the host
has settled it on the page. Of a rule that both name, the environment says how many."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from models.errors import N_, InputError
from runs.retention import findings, settled
from runs.retention.leftover import Leftover

DAY = 24 * 3600.0
RULES: Mapping[str, Callable[[float], Iterator[Leftover]]] = {
    "failed": findings.of_failed_runs,
    "stopped": findings.of_stopped_runs,
    "runs": findings.whole_runs,
    "drafts": findings.drafts_never_read,
    "links": findings.links_that_ended,
    "backups": findings.old_backups,
}
VARIABLE = "CASEBOOK_KEEP_DAYS"
_PAIR = re.compile(r"(\w+)\s*=\s*(\d+(?:\.\d+)?)", re.ASCII)


@dataclass(frozen=True)
class Found:
    """Something that a rule would remove now."""

    rule: str
    leftover: Leftover

    @property
    def days(self) -> float:
        """Since when nobody has needed it."""
        return (time.time() - self.leftover.since) / DAY


def wanted() -> dict[str, float]:
    """Rule → days, of all rules that hold.

    Raises:
        InputError: see `told`.
    """
    return {**_on_the_page(), **told()}


def _on_the_page() -> dict[str, float]:
    return {rule: days for rule, days in settled.days().items() if rule in RULES}


def told() -> dict[str, float]:
    """Rule → days, as the environment says; these are followed all the time.

    Raises:
        InputError: it names a rule that there is not, or no number; then none is followed.
    """
    written = os.environ.get(VARIABLE, "")
    days = {}
    for part in filter(None, (one.strip() for one in re.split(r"[,;]", written))):
        pair = _PAIR.fullmatch(part)
        if pair is None or pair[1] not in RULES:
            raise InputError(
                found=N_("“{part}” in {setting} is not a rule."),
                expected=N_("A rule is one of {rules}, an equals sign and a number of days."),
                remedy=N_("Write for example {example}."),
                part=part,
                setting=VARIABLE,
                rules=list(RULES),
                example='"failed=30, drafts=14"',
            )
        days[pair[1]] = float(pair[2])
    return days


def found(days: Mapping[str, float] | None = None) -> Iterator[Found]:
    """All that the rules would remove now; of those that hold, or of these.

    Raises:
        InputError: see `told`.
    """
    for rule, most in (wanted() if days is None else days).items():
        yield from (Found(rule, leftover) for leftover in RULES[rule](time.time() - most * DAY))


def follow() -> Iterator[Found]:
    """Remove what is to be removed now, one after the other.

    Raises:
        InputError: see `told`; then nothing is removed.
    """
    days = told()
    if settled.is_due():
        days = {**_on_the_page(), **days}
        settled.put_off()
    for one in found(days):
        one.leftover.remove()
        yield one
