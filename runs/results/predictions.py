"""What evaluated runs said of each item, read once and kept in memory while it is looked at."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

import cases
from cases import tasks
from cases.classification.conditions import has_final_fit, is_linear_probe
from cases.stored_settings import restored
from models.evaluation.predictions import Predictions
from models.storage import checksums
from runs import integrity
from runs.integrity import EVALUATION as FOLDER
from runs.integrity import MAP
from runs.store import folders
from runs.store.records import Run


def of(run: Run) -> Predictions | None:
    """As its model answers now, by the temperature that was chosen for it (see `runs.results.decisions`).

    None for a run that has not come so far, was evaluated when this was not kept yet, or whose answers are damaged
    (see `integrity.of_answers`).
    """
    return _kept(run, (run.decision or {}).get("temperature", 1.0))


def untempered(run: Run) -> Predictions | None:
    """The same as the network itself answers."""
    return _kept(run, 1.0)


def _kept(run: Run, temperature: float) -> Predictions | None:
    folder = folders.run(run.id) / FOLDER
    known = folder / "classes.json"  # written last
    if not run.result or not known.exists() or integrity.of_answers(run.id):
        return None
    return _open(folder, known.stat().st_mtime_ns, temperature)


def validated(run: Run) -> dict[str, float]:
    """See `cases.base.Evaluation.validation`; of a result that is older than that, by the answers that were kept."""
    result = run.result or {}
    if "validation" in result or has_final_fit(run.settings):
        return result.get("validation", {})
    outcome = of(run)
    return outcome.validated if outcome else {}


def held_out_accuracy(run: Run, outcome: Predictions) -> dict[str, float]:
    """Return the accuracy on examples that the model was not fitted to (`value`) and their number (`items`).

    Taken from the judgement of a second model if there was one, from cross-validation if the head is a linear probe,
    else from the validation part; empty if none of them is known. `Predictions.out_of_fold` alone would not do: it
    includes a second model even if that model does not answer.
    """
    if judged := ((run.result or {}).get("trained") or {}).get("ensemble"):
        return {"value": judged["together" if judged["taken"] else "alone"], "items": judged["items"]}
    case, folds = cases.get(run.case), outcome.out_of_fold
    second = tasks.of(case, run.settings, run.facts).ensemble
    if folds is None or second or not is_linear_probe(restored(case.Settings, run.settings)):
        return validated(run)
    return {"value": float(folds.right.mean()), "items": len(folds.right)}


@lru_cache(maxsize=8)
def _open(folder: Path, written: int, temperature: float) -> Predictions:
    return Predictions.open(folder) if temperature == 1 else _open(folder, written, 1.0).tempered(temperature)


def map_of(run: Run) -> pd.DataFrame | None:
    """The columns place (of the outcome's items), x, y; None where it was not drawn since the run was evaluated, or is
    damaged."""
    folder = folders.run(run.id) / FOLDER
    drawn = folder / MAP
    if not drawn.exists() or drawn.stat().st_mtime_ns < (folder / "classes.json").stat().st_mtime_ns:
        return None
    if checksums.beside(drawn).exists() and not checksums.intact(drawn):
        return None
    return pd.read_parquet(drawn)


def keep_map(run: str, places: np.ndarray, points: np.ndarray) -> None:
    """`places` (points,) of the outcome's items, `points` (points, 2)."""
    folder = folders.run(run) / FOLDER
    table = pd.DataFrame({"place": places, "x": points[:, 0], "y": points[:, 1]})
    table.to_parquet(folder / f"{MAP}.partial")
    checksums.settle(folder / f"{MAP}.partial", folder / MAP)
