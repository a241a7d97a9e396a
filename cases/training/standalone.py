"""The end of a folder that needs no server: `model.json`, and a script that reads it as a program in any language
would, with which a new process answers the test items."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cases.training import proof
from cases.training.proof import ProofFailed, ProofItems
from models.errors import N_, InputError
from models.evaluation.agreement import Agreement
from models.progress import ProgressReporter

FILE, SCRIPT = "model.json", "predict.py"


@dataclass(frozen=True)
class Script:
    """A file that becomes predict.py, and the packages that it needs, as pip calls them."""

    file: Path
    packages: Sequence[str]


def finish(folder: Path, script: Script, told: Mapping[str, Any]) -> dict[str, Any]:
    """Write script and model.json into `folder`, where the other files are; returns what model.json says.

    Its `size` is that of the other files, which a program loads that is not this script.
    """
    size = sum(file.stat().st_size for file in folder.iterdir() if file.name not in (FILE, SCRIPT))
    content = {**told, "size": size, "agreement": None, "python": [*script.packages]}
    shutil.copyfile(script.file, folder / SCRIPT)
    (folder / FILE).write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
    return content


def prove(folder: Path, items: ProofItems, report: ProgressReporter) -> tuple[Agreement, Any]:
    """How the answers of the folder's script in a new process agree with what was evaluated, and these answers.

    Raises:
        InputError: the folder does not open there, or gives no answers.
    """
    try:
        found = proof.answers(folder, items.given, items.sizes, proof.SCRIPT, report)
    except ProofFailed as error:
        raise InputError(
            found=N_("The model for other programs failed in a new process: {told}"),
            expected=N_("It must answer the test items with nothing but its own files."),
            remedy=N_("Choose other weights."),
            told=error.told,
        ) from error
    return items.compare(found), found


def as_json(found: Agreement, items: ProofItems, **more: Any) -> dict[str, Any]:
    """What model.json says of it: numbers, and never the names of items, which do not leave.

    Args:
        more: where the truth is known the `metric` of the task with its `value`, and that of the evaluation,
            `value_full`; of classifiers the `bands` of confidence, see `models.evaluation.calibration.bands`.
    """
    told: dict[str, Any] = {"items": found.items, "of": items.total, "same": found.same}
    if found.largest is not None:
        told["largest_difference"] = found.largest
    return {**told, **more}
