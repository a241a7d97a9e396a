"""The headline figure of a run, large, with its interval and the strongest baseline: the one place of the page that
says them."""

from __future__ import annotations

import math

from models.evaluation.metrics import is_share
from pages.components import hero
from pages.shared import vocabulary
from pages.shared.i18n import _, labelled
from pages.task_types import verdict
from runs.store.records import Run

ROOM = 1.1  # of a figure without an upper end: how much longer than what is on it the line is at least
ROUND = (1, 2, 5, 10)  # what the end of a line may be, times a power of ten


def show(run: Run, of: str) -> None:
    """Draw it.

    Args:
        of: on how many it was measured and how many of them were right, as in “78 of 90 test examples”.
    """
    hero.show(told(run, of), key=f"hero_{run.id}")


def told(run: Run, of: str) -> hero.Figure:
    """The same as it is drawn: its words, and its places on the line."""
    metric, found = vocabulary.task_of(run).metric, verdict.of(run)
    measured = run.result["test"][metric]
    end = _end(metric, [measured["high"], found.strongest[1]])
    low, high = (vocabulary.figure(metric, measured[side]) for side in ("low", "high"))
    name, value = found.strongest
    figure: hero.Figure = {
        "value": vocabulary.figure(metric, measured["value"]), "name": vocabulary.measured(run, metric), "of": of,
        "interval": _("95% interval: {low} to {high}", low=low, high=high),
        "at": measured["value"] / end, "low": measured["low"] / end, "high": measured["high"] / end,
        "tone": verdict.standing(run), "ends": [_scale(metric, 0), _scale(metric, end)],
    }  # fmt: skip
    if not verdict.itself(run):
        title = vocabulary.baselines(vocabulary.task_of(run)).get(name, name)
        which = _("Strongest baseline") if verdict.before(run) is None else _("Strongest without the network")
        strongest = labelled(which, f"{title} {vocabulary.figure(metric, value)}")
        figure["baseline"] = {"at": value / end, "told": strongest}
    return figure


def _end(metric: str, shown: list[float]) -> float:
    """Where the line ends: at 100 %, unless small figures would lie on top of each other there."""
    longest = ROOM * max(shown)
    if not longest or (is_share(metric) and 0.5 < longest <= ROOM):
        return 1.0
    power = 10 ** math.floor(math.log10(longest))
    return next(step * power for step in ROUND if step * power >= longest)


def _scale(metric: str, value: float) -> str:
    return f"{100 * value:g}%" if is_share(metric) else f"{value:g}"
