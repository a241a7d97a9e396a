"""Two sides at the same work in turns: Casebook's engine, and a stock example in each of its forms."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

import cases
from benchmarks import table
from cases.base import UploadedFile
from cases.splits import split
from models.progress import QUIET
from runs.jobs import data_import

PHASES = ("read", "prepare", "train", "evaluate", "export")
COLUMNS = ["", "side", *(f"{phase}, s" for phase in PHASES), "total, s", "accuracy, %", "memory, MB", "times", "bar",
           "speed", "accuracy"]  # fmt: skip
POINT = 0.01  # Casebook's accuracy may be so much lower


@dataclass(frozen=True)
class Row:
    """What both sides do: the mode of training, the number format, and how many times faster Casebook must be."""

    mode: str
    bf16: bool
    bar: float


def run(module: str, spec: Mapping[str, Any], python: str = sys.executable) -> dict[str, Any]:
    """What one side did in a fresh process of this interpreter and an empty home."""
    with TemporaryDirectory(prefix="casebook-") as home:
        start = time.monotonic()
        done = subprocess.run(
            [python, "-m", f"benchmarks.{module}", json.dumps({**spec, "home": home})],
            cwd=table.ROOT, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        return {**json.loads(done.stdout.splitlines()[-1]), "process": time.monotonic() - start}


def compare(
    stock: str,
    forms: Mapping[str, Mapping[str, Any]],
    specs: Sequence[Mapping[str, Any]],
    ours_too: Mapping[str, Any] = MappingProxyType({}),
) -> tuple[dict[str, list[dict[str, Any]]], list[dict[str, Any]]]:
    """The runs of the stock example by its `forms`, name → settings, and those of Casebook, with `ours_too`; one a
    spec."""
    theirs, ours = {form: [] for form in forms}, []
    for spec in specs:
        for number, (form, chosen) in enumerate(forms.items()):
            theirs[form].append({"side": f"stock, {form}", **run(stock, {**spec, **chosen})})
            _tell(theirs[form][-1])
            if number == 0:
                ours.append({"side": "Casebook", **run("casebook_side", {**spec, **ours_too})})
                _tell(ours[-1])
    for runs in theirs.values():
        if [one["split"] for one in runs] != [one["split"] for one in ours]:
            raise RuntimeError("The two sides did not train on the same items.")
    return theirs, ours


def held_back(case: str, data: Path, test: Path, seed: int, folder: Path) -> Path:
    """A list of the items that Casebook keeps to validate; it keeps copies of one another in one part."""
    os.environ["CASEBOOK_HOME"] = str(folder / "home")
    parts = [UploadedFile(data, data.name, "train"), UploadedFile(test, test.name, "test")]
    samples = data_import.into_dataset(case, parts, "data", QUIET).samples
    shares = cases.get(case).Settings()
    kept = split(samples, validation=shares.validation, test=shares.test, seed=seed) == "validation"
    path = folder / f"validation-{seed}.json"
    path.write_text(json.dumps(samples["name"][kept].tolist()), "utf-8")
    return path


def judge(
    name: str, row: Row, theirs: Mapping[str, list[dict[str, Any]]], ours: list[dict[str, Any]], *, quick: bool
) -> tuple[list[list[Any]], dict[str, Any]]:
    """Rows of the table, in each of the stock example how many times faster Casebook is; and the figures behind them,
    those of the quickest form as "stock"."""
    rows, ratios, mine = [[*_cells(name, ours), *[None] * 4]], {}, median(one["total"] for one in ours)
    for form, runs in theirs.items():
        ratios[form] = median(one["total"] for one in runs) / mine
        lower = _accuracy(runs) - _accuracy(ours)
        verdicts = (table.verdict(ratios[form], row.bar, quick=quick, least=True),
                    table.verdict(lower, POINT, quick=quick))  # fmt: skip
        rows.append([*_cells(name, runs), ratios[form], row.bar, *verdicts])
    quickest = min(theirs, key=lambda form: ratios[form])
    figures = {"stock": theirs[quickest], "casebook": ours, "ratios": ratios, "bar": row.bar, "forms": dict(theirs)}
    return rows, figures


def _cells(name: str, runs: list[dict[str, Any]]) -> list[Any]:
    phases = [median(one["seconds"][phase] for one in runs) for phase in PHASES]
    total, memory = (median(one[what] for one in runs) for what in ("total", "memory_mb"))
    return [name, runs[0]["side"], *phases, total, 100 * _accuracy(runs), memory]


def _accuracy(runs: list[dict[str, Any]]) -> float:
    return fmean(one["accuracy"] for one in runs)


def _tell(one: dict[str, Any]) -> None:
    print(f"  {one['side']}: {one['total']:.1f} s, {100 * one['accuracy']:.1f} %", file=sys.stderr, flush=True)
