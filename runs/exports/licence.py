"""The licence of the weights that a run began with."""

from __future__ import annotations

import json

import cases
from cases.settings import MODEL, named
from models.pretrained import catalog
from runs.store import folders
from runs.store.records import Run


def of(run: Run) -> str:
    """As the catalogue or the model's own configuration says; "" where nothing was pretrained or nothing is said."""
    model = model_of(run)
    known = catalog.find(model) if model else None
    if known and (known.licence or known.from_scratch):
        return known.licence
    config = folders.run(run.id) / "bundle/body/config.json"
    try:
        told = json.loads(config.read_text("utf-8"))
        stated = told.get("pretrained_cfg", told).get("license")
    except (OSError, ValueError, AttributeError):  # there is no such file, or it is a stranger's
        return ""
    return stated if isinstance(stated, str) else ""


def model_of(run: Run) -> str:
    """The pretrained model that was chosen, as the settings name it; "" where there is nothing to choose."""
    return str(run.settings.get(named(cases.get(run.case).Settings, MODEL)) or "")
