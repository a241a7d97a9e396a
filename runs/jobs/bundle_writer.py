"""The bundle of a run: written, opened again in a new process by its own script, and only then counted."""

from __future__ import annotations

import json
import platform
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cases.base import Trainer
from cases.training import proof
from models.progress import ProgressReporter
from runs.store.records import Run
from runs.uploads import provenance

LIBRARIES = ("torch", "timm", "transformers", "tokenizers", "scikit-learn", "pillow")  # those that a result depends on


def pack(run: Run, trainer: Trainer, folder: Path, result: dict[str, Any], report: ProgressReporter) -> dict[str, Any]:
    """Write `bundle` into `folder`; returns what its trainer found out about it.

    Raises:
        RuntimeError: the bundle does not open, or does not answer, where nothing but its own files is known.
    """
    making, made = folder / "bundle.partial", folder / "bundle"
    shutil.rmtree(making, ignore_errors=True)
    report.progress("export", 0, 2)
    known = trainer.save(making, result, report)
    _tell_how_to_repeat(making, run, result)
    report.progress("export", 1, 2)
    known |= trainer.prove(making, report)
    trainer.describe(making, {**result, **known})
    shutil.rmtree(made, ignore_errors=True)  # until now it could be used
    making.rename(made)
    shutil.rmtree(folder / proof.FOLDER, ignore_errors=True)
    report.progress("export", 2, 2)
    return known


def _tell_how_to_repeat(bundle: Path, run: Run, result: dict[str, Any]) -> None:
    shutil.copyfile(Path(__file__).with_name("repeat.py"), bundle / "repeat.py")
    if run.dataset is None:
        raise ValueError(f"The run {run.id!r} has no data set to be repeated on.")
    came = provenance.of(run.owner, run.dataset)
    columns = [*came.earlier, came.columns]
    told = {
        "case": run.case,
        "settings": result["settings"],  # those that acted: what a later version would choose may be something else
        "chosen": [
            name for name, value in result["settings"].items() if value is not None and run.settings.get(name) != value
        ],
        "trained": result["trained"],
        "data": list(came.parts),
        "columns": dict(columns[0]),
        "later_columns": [*map(dict, columns[1:])],  # of the files that were added, step by step
        "edits": run.edits,
        "test": result["test"],
        "versions": {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
    }
    (bundle / "run.json").write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
