"""The map of a run's items, drawn when somebody first looks at it."""

from __future__ import annotations

from models import mapping
from models.report import Report
from runs import outcomes, queue, store
from runs.store import Run


def draw(run: Run, report: Report) -> None:
    report.phase("preparing")
    outcome = outcomes.of(store.run(run.subject, run.owner))
    places = mapping.chosen(outcome.items["part"].to_numpy())
    outcomes.keep_map(run.subject, places, mapping.flatten(outcome.vectors[places]))
    queue.end(run.id, "done")
