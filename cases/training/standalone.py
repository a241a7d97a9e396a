"""The folder of a model that needs no server and no Python: `model.json`, and the test items on which it is compared.

`model.json` tells a page all it needs; docs/standalone-model.md says what stands in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cases.dataset import Dataset
from models.progress import ProgressReporter

FILE = "model.json"


def describe(folder: Path, told: Mapping[str, Any], choice: str, agreement: Mapping[str, Any] | None) -> dict[str, Any]:
    """Write `model.json` into `folder`, where all other files of the model are; returns its content.

    Args:
        told: what the task says of its model.
        agreement: with the model of the bundle on test items: `items`, how many are the `same`, and where the truth is
            known the `metric` with its `value` and that of the bundle, `value_full`; None without test items.
    """
    size = sum(file.stat().st_size for file in folder.iterdir() if file.name != FILE)
    content = {**told, "choice": choice, "size": size, "agreement": agreement}
    (folder / FILE).write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
    return content


def tested(dataset: Dataset, rows: np.ndarray, most: int, report: ProgressReporter) -> Iterator[tuple[int, str]]:
    """Row and label of at most so many test items, drawn evenly."""
    some = rows[:: max(1, -(-len(rows) // most))]
    for done, row in enumerate(some.tolist()):
        report.check()
        report.progress("test", done, len(some))
        yield row, dataset.samples.at[row, "label"]
    report.progress("test", len(some), len(some))
