"""Runs as the rows of the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import cases
from cases.settings import knobs
from pages.components import items, relabeled_note
from pages.shared import durations, owner, vocabulary
from pages.shared.i18n import _
from runs.store import dataset_rows
from runs.store.dataset_rows import DatasetRow
from runs.store.records import Run

SETTING = "set_"  # before the name of a setting as a column


def of(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """A row for each run, in their order."""
    known = dataset_rows.all_of(owner.current())
    versions = Counter(row.lineage for row in known.values())
    return [_row(run, known.get(str(run.dataset)), versions) for run in runs]


def _row(run: Run, data: DatasetRow | None, versions: Mapping[str, int]) -> dict[str, Any]:
    model, part = vocabulary.trained(run)
    return {
        "id": run.id, "address": f"{run.case}?run={run.id}", "name": run.name,
        "tags": run.tags, "note": run.remark or "",
        "picture": items.thumbnail(data.id, run.case) if data else "", "icon": cases.get(run.case).icon,
        "case": vocabulary.case(run.case),
        "data": vocabulary.dataset(data, several=bool(data) and versions[data.lineage] > 1),
        "model": " · ".join([*vocabulary.searched(run), model]), "part": part if part != model else "",
        "state": run.status, "status": vocabulary.status(run), **_measured(run),
        "seconds": durations.taken(run), "time": durations.of(run),
        "created": run.created, "when": vocabulary.when(run.created), "clonable": data is not None, **_set(run),
    }  # fmt: skip


def _measured(run: Run) -> dict[str, str | float | None]:
    """The headline figure with its interval, and what is to be known of it."""
    if not run.result:
        return {"metric": "", "figure": "", "interval": "", "caution": "", "value": None, "validated": None,
                "validated_said": "", "tested": None, "tested_said": ""}  # fmt: skip
    metric = vocabulary.task_of(run).metric
    measured = run.result["test"][metric]
    low, high = (vocabulary.figure(metric, measured[end]).removesuffix("%") for end in ("low", "high"))
    return {
        "metric": vocabulary.measured(run, metric), "figure": vocabulary.headline(run), "interval": f"{low}–{high}",
        "caution": relabeled_note.told(run), "value": measured["value"], **_validated(run, metric),
        "tested": run.result["data"]["test"], "tested_said": f"{run.result['data']['test']:,}",
    }  # fmt: skip


def _validated(run: Run, metric: str) -> dict[str, str | float | None]:
    value = (run.result or {}).get("validation", {}).get("value")
    return {"validated": value, "validated_said": "" if value is None else vocabulary.figure(metric, value)}


def settings(runs: Sequence[Run]) -> dict[str, str]:
    """Column → its title, one for each setting that is a number in one of the cases of these runs."""
    known: dict[str, str] = {}
    for case in dict.fromkeys(run.case for run in runs):
        for name, (_field, knob) in knobs(cases.get(case).Settings).items():
            if knob.low is not None:
                known.setdefault(f"{SETTING}{name}", _(knob.label))
    return known


def _set(run: Run) -> dict[str, str | float | None]:
    """Its settings that are numbers, to sort by and as people read them: those that acted where it has a result."""
    acted = {name: value for name, value in (run.result or {}).get("settings", {}).items() if value is not None}
    values, told = run.settings | acted, {}
    for name, (_field, knob) in knobs(cases.get(run.case).Settings).items():
        value = values.get(name)
        if knob.low is not None and isinstance(value, (int, float)):
            told |= {f"{SETTING}{name}": value, f"{SETTING}{name}_said": vocabulary.setting_value(knob, value)}
    return told
