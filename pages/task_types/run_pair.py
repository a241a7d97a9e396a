"""Two runs that are compared item by item, and the figures in which they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from models.evaluation.metrics import FALLING, Interval, is_share
from pages.shared import vocabulary
from pages.shared.i18n import _, together
from runs.store.records import Run


@dataclass(frozen=True)
class RunPair:
    """`one` and `other`: runs of one task type that share test items, each with its letter in the comparison."""

    one: Run
    other: Run
    letters: tuple[str, str]

    @property
    def key(self) -> str:
        """Tells the fields of several pairs apart."""
        return f"{self.one.id}_{self.other.id}"


def differences(pair: RunPair, found: Mapping[str, Interval]) -> None:
    """Draw how much more or less `other` has than `one` of each metric, on the test items that both share.

    Args:
        found: metric → other − one with its paired interval.
    """
    if not found:
        return
    one, other = pair.letters
    st.dataframe({
        _("Metric"): [vocabulary.metric(name) for name in found],
        _("{other} − {one}", other=other, one=one): [_signed(name, gain["value"]) for name, gain in found.items()],
        _("95% interval"): [_("{low} to {high}", low=_bound(name, gain["low"]), high=_bound(name, gain["high"]))
                            for name, gain in found.items()],
        _("Better"): [_better(pair, name, gain) for name, gain in found.items()],
    }, hide_index=True, width="content", key=f"differences_{pair.key}")  # fmt: skip
    alike = any(gain["low"] == gain["high"] == 0 for gain in found.values())
    st.caption(together(
        _("Paired bootstrap over the shared test examples: both runs are drawn with the same examples. An interval "
          "that holds 0 does not show a difference."),
        _("That of the accuracy is widened where the test above is less sure.") if "accuracy" in found else "",
        _("Where both ends are 0, the answers are equally right, and these examples cannot tell the runs apart.")
        if alike else "",
    ))  # fmt: skip


def _signed(metric: str, value: float) -> str:
    """As +1.5 points, or as +0.012 where it is no share."""
    if is_share(metric):
        return _("{n} points", n=_number(100 * value, 1))
    return _number(value, 3)


def _bound(metric: str, value: float) -> str:
    """The same without a unit, as it stands in an interval."""
    return _number(100 * value, 1) if is_share(metric) else _number(value, 3)


def _number(value: float, digits: int) -> str:
    """With its sign, a minus as it is printed."""
    return f"{value + 0.0:+.{digits}f}".replace("-", "−")


def _better(pair: RunPair, metric: str, gain: Interval) -> str:
    """The letter of the run that has more of what is good; – where the interval holds zero."""
    if gain["low"] <= 0 <= gain["high"]:
        return "–"
    return pair.letters[(gain["value"] > 0) != (metric in FALLING)]
