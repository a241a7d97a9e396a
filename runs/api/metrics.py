"""What a page that watches a run is told."""

from __future__ import annotations

from typing import Any

from runs.language import say
from runs.store import records
from runs.store.records import Run


def news(run: Run, after: int, language: str) -> dict[str, Any]:
    """The state of the run and the rows of metrics written since `after`."""
    most = 5000
    rows = records.metrics_after(run.id, after, most)
    facts = run.facts or {}
    return {
        "rows": [{key: row[key] for key in ("split", "step", "values")} for row in rows],
        "after": rows[-1]["written"] if rows else after,
        "status": run.status,
        "phase": run.phase,
        "attempt": run.attempt,
        "ended": run.ended,
        "evaluated": bool(run.result),
        "queue_position": records.ahead(run) if run.status == "queued" else None,
        "progress": run.progress,
        "references": facts.get("live_references"),
        "notes": [say(language, note["message"], **note["args"]) for note in run.notes or []],
        "finished": run.ended_already and len(rows) < most,
    }
