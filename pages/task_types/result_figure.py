"""The headline figure of a run, large, with its interval and the strongest baseline."""

from __future__ import annotations

from models.evaluation.metrics import is_share
from pages.components import hero
from pages.shared import vocabulary
from pages.shared.i18n import _, labelled
from pages.task_types import verdict
from runs.store.records import Run

ROOM = 1.25  # of a figure without an upper end: how much longer than what is on it the line is


def show(run: Run, of: str) -> None:
    """Draw it.

    Args:
        of: on how many it was measured and how many of them were right, as in “78 of 90 test examples”.
    """
    metric, found = vocabulary.task_of(run).metric, verdict.of(run)
    measured = run.result["test"][metric]
    end = _end(metric, [measured["high"], found.strongest[1]])
    low, high = (vocabulary.figure(metric, measured[side]) for side in ("low", "high"))
    name, value = found.strongest
    figure: hero.Figure = {
        "value": vocabulary.figure(metric, measured["value"]), "name": vocabulary.metric(metric), "of": of,
        "interval": _("95% interval: {low} to {high}", low=low, high=high),
        "at": measured["value"] / end, "low": measured["low"] / end, "high": measured["high"] / end,
        "tone": found.standing,
    }  # fmt: skip
    if not verdict.itself(run):
        told = labelled(vocabulary.baselines(vocabulary.task_of(run)).get(name, name), vocabulary.figure(metric, value))
        figure["baseline"] = {"at": value / end, "told": told}
    hero.show(figure, key=f"hero_{run.id}")


def _end(metric: str, shown: list[float]) -> float:
    """Where the line ends: at 100 %, unless small figures would lie on top of each other there."""
    longest = ROOM * max(shown)
    return 1.0 if is_share(metric) and longest > 0.5 else longest or 1.0
