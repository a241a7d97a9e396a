"""Two runs beside each other on the items that both were tested on."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import pandas as pd

import cases
from cases import class_renames, tasks
from cases.speech.transcription.evaluation import Judge
from models.evaluation.metrics import FORMER_NAMES, NORMALISATION
from models.evaluation.significance import Paired, mcnemar
from runs import integrity
from runs.store import datasets, folders
from runs.store.records import Run


def tested(run: Run) -> pd.DataFrame | None:
    """What it said of each item of its test part (label, predicted, perhaps right; by the item's row), if it was
    evaluated and that is undamaged."""
    path = folders.run(run.id) / "predictions.parquet"
    if not run.result or not path.exists() or integrity.of_answers(run.id):
        return None
    return _read(path, path.stat().st_mtime_ns, *_judged_anew(run))


@lru_cache(maxsize=32)
def _read(path: Path, _written: int, *languages: str) -> pd.DataFrame:
    table = pd.read_parquet(path)
    for language in languages:
        texts = (table[name] for name in ("label", "predicted", "before"))
        table = Judge(language).table(table["id"].to_numpy(), *texts)
    return table.set_index("id").sort_index()


def _judged_anew(run: Run) -> list[str]:
    """The language whose present rules compare the texts of a run that was measured by former ones, so that it can be
    compared with others; empty where there is none."""
    metric = tasks.of(cases.get(run.case), run.settings, run.facts).metric
    if not run.result or metric not in FORMER_NAMES or run.result.get(NORMALISATION):
        return []
    return [(run.facts or {}).get("language") or run.settings.get("language", "")]


def paired(one: Run, other: Run) -> Paired | None:
    """On the test items that both were asked about, by the labels of the newer run; None where there are none."""
    tables = shared(one, other)
    if tables is None:
        return None
    first, second = tables
    if "right" in first and "right" in second:
        return mcnemar(*(table["right"].to_numpy(bool) for table in tables))
    labels = (first if is_newer(one, other) else second)["label"]
    return mcnemar(*((table["predicted"] == labels).to_numpy() for table in tables))


def shared(one: Run, other: Run) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """The answers of both as `tested` gives them, of the same test items in the same order; None where there are none.

    Where the runs used different versions of their data, those are items that were there before the versions parted.
    Classes that were renamed between the runs have the names of the newer.
    """
    first, second = tested(one), tested(other)
    if first is None or second is None:
        return None
    if is_newer(one, other):
        second = _by_names(second, renamed(other, one))
    else:
        first = _by_names(first, renamed(one, other))
    rows = first.index.intersection(second.index)
    rows = rows[rows < comparable(one, other)]
    if "wanted" in first and "wanted" in second:  # of users, who may be asked about more in a later version
        asked = (table.loc[rows, "wanted"].map(sorted) for table in (first, second))
        rows = rows[[mine == theirs for mine, theirs in zip(*asked, strict=True)]]
    return None if rows.empty else (first.loc[rows], second.loc[rows])


def is_newer(one: Run, other: Run) -> bool:
    """Whether both are scored by the labels of the `one`."""
    return one.created >= other.created


def renamed(one: Run, other: Run) -> dict[str, str]:
    """Class of the `one` run → its name in the `other`, of those that were renamed between them."""
    if one.edits == other.edits:
        return {}
    there, here = (dataset.renamed if (dataset := datasets.of_run(run)) else {} for run in (one, other))
    return class_renames.translation(there, here)


def _by_names(answers: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """The answers of a run, with its classes called so."""
    return answers.replace({"label": names, "predicted": names}) if names else answers


def comparable(one: Run, other: Run) -> int:
    """Below which row the data of two runs hold the same items: all of the same data, none of others."""
    if one.dataset == other.dataset:
        return sys.maxsize
    shared = datasets.common(one.owner, str(one.dataset), str(other.dataset))
    return 0 if shared is None else datasets.asked_about(shared)
