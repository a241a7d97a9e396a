"""Where sample data come from, and under which licence they may be passed on."""

from __future__ import annotations

import cases
from pages.shared.i18n import _
from runs.store import records
from runs.store.records import Run


def of(run: Run) -> str:
    """As the page says it before a sample is tried; "" of a person's own data."""
    read = records.reading(str(run.dataset), run.owner)
    name = read.settings.get("sample") if read else None
    return next((_(one.origin) for one in cases.get(run.case).samples if one.name == name), "")
