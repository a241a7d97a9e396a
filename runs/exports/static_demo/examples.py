"""Test items that a static demo lends to its visitors, without what their files tell besides."""

from __future__ import annotations

import mimetypes
from pathlib import Path

import cases
from cases.dataset import Dataset
from runs import paths
from runs.results import test_examples
from runs.store.records import Run

FOLDER = "examples"


def write(run: Run, folder: Path) -> list[dict[str, str]]:
    """Write some test items of a run into the folder of its demo; `label` and `file`, or `text`, of each."""
    case, dataset = cases.get(run.case), Dataset.open(paths.datasets() / str(run.dataset))
    (folder / FOLDER).mkdir()
    found = []
    for number, (row, label) in enumerate(test_examples.rows(run).items(), 1):
        if (lent := case.lent(dataset, row)) is None:
            continue
        if isinstance(lent, str):
            found.append({"label": label, "text": lent})
            continue
        content, media_type = lent
        name = f"{FOLDER}/{number:02}{mimetypes.guess_extension(media_type) or ''}"
        (folder / name).write_bytes(content)
        found.append({"label": label, "file": name})
    return found
