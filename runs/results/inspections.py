"""What can be seen of an item inside a run's network, layer by layer."""

from __future__ import annotations

import base64
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from cases.dataset import Dataset
from cases.training import inspection
from runs.results.item_work import FACTS, ItemWork
from runs.store import records
from runs.store.records import Run

WORK = ItemWork("inspect", "inspections")
ask, again, known = WORK.ask, WORK.again, WORK.known


def entry(owner: str, dataset: Dataset, row: int, model: str) -> Run | None:
    """The work by which a row of a data set is shown as this pretrained model gets it; asked for where it never was."""
    for one in records.run_list(owner, kind=WORK.kind, most=100):
        asked = (one.dataset, one.settings.get("row"), one.settings.get("model"))
        gone = one.status == "done" and not (WORK.folder(one.id, f"row{row}") / FACTS).exists()
        if not one.subject and not gone and asked == (dataset.digest, row, model):
            return one
    settings = {"key": f"row{row}", "row": row, "model": model}
    created = records.create_run(owner, WORK.kind, dataset.case, dataset.name, dataset=dataset.digest, edits={},
                                 settings=settings)  # fmt: skip
    return records.run(created, owner)


def facts(run: Run, key: str) -> dict[str, Any]:
    """What was found, once it is done."""
    return json.loads((WORK.folder(run.id, key) / FACTS).read_text("utf-8"))


def arrays(run: Run, key: str) -> dict[str, np.ndarray]:
    """The arrays of one that is done, by the names that its panels use."""
    folder = WORK.folder(run.id, key)
    return _arrays(folder, (folder / FACTS).stat().st_mtime_ns)


def picture(run: Run, key: str, name: str) -> str:
    """A picture of it, as an address that a browser can show."""
    content = base64.b64encode((WORK.folder(run.id, key) / Path(name).name).read_bytes()).decode()
    return f"data:image/webp;base64,{content}"


@lru_cache(maxsize=4)
def _arrays(folder: Path, _written: int) -> dict[str, np.ndarray]:
    return inspection.read(folder)
