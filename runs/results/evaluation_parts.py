"""What an evaluation left with a run: its answers, and why parts of it could not be computed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cases.base import Evaluation
from cases.base.parts import LABELS, MAP, SECOND_MODEL
from models import memory
from models.errors import N_, InputError
from models.evaluation.predictions import Predictions
from models.storage import checksums
from runs import integrity, outages
from runs.results import predictions, recommendations, traits, transcripts
from runs.store import folders, records
from runs.store.records import Run

KIND = "part"  # of the work that computes one again
FAILED = "failed_parts"  # in a result: part → its error
ANSWERS = "predictions.parquet"
TOLD = {
    LABELS: N_("The labels to review could not be computed."),
    MAP: N_("The map could not be computed."),
    SECOND_MODEL: N_("The second model failed, so the network predicts alone."),
}


def keep(folder: Path, evaluation: Evaluation) -> None:
    """Write what the evaluation has into the `folder` of its run."""
    integrity.forget(folder)
    evaluation.predictions.to_parquet(folder / ANSWERS)
    _keep_parts(folder, evaluation)


def add(folder: Path, evaluation: Evaluation) -> None:
    """The same without the answers of the test part, which are there, as all else that has checksums."""
    with integrity.settling(folder):
        _keep_parts(folder, evaluation)
        inner = [path for path in (folder / predictions.FOLDER).rglob("*")
                 if path.is_file() and not path.name.startswith(predictions.MAP)]  # fmt: skip
        tables = [folder / name for name in (transcripts.LOSSES, recommendations.MAP) if (folder / name).exists()]
        integrity.renew(folder, [path.relative_to(folder).as_posix() for path in (*inner, *tables)])


def _keep_parts(folder: Path, evaluation: Evaluation) -> None:
    if evaluation.outcome:
        evaluation.outcome.save(folder / predictions.FOLDER)
    if evaluation.losses is not None:
        evaluation.losses.to_parquet(folder / transcripts.LOSSES)
    if evaluation.item_map is not None:
        evaluation.item_map.to_parquet(folder / recommendations.MAP)
    checksums.discard(folder / traits.FILE)  # which tells of what a map is made of, too


def stored(run: Run) -> Evaluation:
    """The evaluation that was kept, without what a result tells besides."""
    folder, result = folders.run(run.id), run.result or {}
    inner = folder / predictions.FOLDER
    outcome = Predictions.open(inner) if inner.exists() else None
    return Evaluation(result["test"], pd.read_parquet(folder / ANSWERS), outcome)


def reasons(failures: Mapping[str, Exception]) -> dict[str, dict[str, Any]]:
    """`FAILED` of a result.

    Raises:
        Exception: the cause was no fault of a part: the disk, the database or the object storage failed.
    """
    return {name: _reason(cause).as_json() for name, cause in failures.items()}


def _reason(cause: Exception) -> InputError:
    if isinstance(cause, InputError):
        return cause
    if memory.ran_out(cause):
        return InputError(
            found=N_("Memory ran out."),
            expected=N_("The model, its metrics and its bundle are not affected."),
            remedy=N_("Close other programs, then try again."),
        )
    if outages.told(cause):
        raise cause
    return InputError(
        found=N_("An internal error occurred ({cause})."),
        expected=N_("The model, its metrics and its bundle are not affected."),
        remedy=N_("Try again. The administrator can find details in the log."),
        cause=outages.cause(cause)[:300],
    )


def failed(run: Run) -> dict[str, InputError]:
    """Part → why it could not be computed."""
    return {name: InputError.from_json(error) for name, error in (run.result or {}).get(FAILED, {}).items()}


def asked(run: Run, name: str) -> Run | None:
    """The newest work that computes this part again."""
    works = records.run_list(run.owner, kind=KIND, case=run.case)
    return next((one for one in works if one.subject == run.id and one.settings["part"] == name), None)


def ask(run: Run, name: str) -> None:
    """Have a part that failed computed again."""
    records.create_run(run.owner, KIND, run.case, run.name, subject=run.id, dataset=run.dataset,
                       settings={"part": name})  # fmt: skip
