"""Numbers of 16 or of 32 bits: how fast each packaged network is in both, and what “Automatic” takes.

    python -m benchmarks.precision --out

On the samples, by what the page measures before a start: examples a second whose features a frozen body computes, and
that all of it learns from. The precisions take turns, and the fastest of three counts. “Automatic” should be about as
fast as the faster one.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import cases
from benchmarks import table
from cases.base import WorkDirs
from cases.dataset import Dataset
from models.pretrained import catalog
from models.progress import QUIET
from models.training.cost_estimate import CostEstimate
from runs import paths
from runs.jobs import data_import

CASES = {"image_recognition": "image", "text_analysis": "text", "speech": "audio"}
PRECISIONS, REPEATS, BATCH = ("fp32", "bf16", "auto"), 3, 32


def packaged(modality: str) -> list[str]:
    cache = paths.cache() / "models"
    return [one.id for one in catalog.models_for(modality) if one.carrier and catalog.is_here(one, cache)]


def measured(case: str, dataset: Dataset, model: str, precision: str) -> tuple[float, float]:
    """Examples a second whose features are computed, and examples a second that all of the network learns from."""
    task = cases.get(case).tasks[0]
    settings = task.Settings(model=model, mode="full", precision=precision, batch_size=BATCH)
    with tempfile.TemporaryDirectory() as folder:
        place = WorkDirs(Path(folder) / "run", paths.cache(), Path(folder) / "kept")
        place.folder.mkdir()
        told = task.profile(settings, dataset, place, QUIET)
    pace = CostEstimate(**told["pace"])
    return told["per_second"], 1 / (pace.step / BATCH + pace.item)


def compared(case: str, dataset: Dataset, model: str, repeats: int) -> dict[str, dict[str, float]]:
    found: dict[str, list[tuple[float, float]]] = {one: [] for one in PRECISIONS}
    for _ in range(repeats):
        for precision, runs in found.items():
            runs.append(measured(case, dataset, model, precision))
    return {precision: {"features": max(seen for seen, _ in runs), "training": max(learnt for _, learnt in runs)}
            for precision, runs in found.items()}  # fmt: skip


def main() -> None:
    parser = table.options(__doc__, "precision")
    parser.add_argument("--models", nargs="+", help="ids; else all that packages carry")
    args = parser.parse_args()
    figures, rows = {}, []
    with tempfile.TemporaryDirectory() as home:
        os.environ["CASEBOOK_HOME"] = home
        for case, modality in CASES.items():
            sample = cases.get(case).samples[0].write(Path(home))
            dataset = data_import.into_dataset(case, [sample], f"precision-{case}", QUIET)
            for model in [one for one in packaged(modality) if one in (args.models or [one])]:
                told = figures[model] = compared(case, dataset, model, 1 if args.quick else REPEATS)
                for work in ("features", "training"):
                    each = [told[precision][work] for precision in PRECISIONS]
                    rows.append([f"{model}, {work}", *each, each[1] / each[0], each[2] / max(each[:2])])
    table.show(["examples a second", *PRECISIONS, "bf16 : fp32", "automatic : faster"], rows)
    table.write(args.out, batch=BATCH, models=figures)


if __name__ == "__main__":
    main()
