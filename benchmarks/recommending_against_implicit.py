"""Casebook beside what people would take instead: ALS and BPR of the package implicit, on both recommendation sets.

    python -m venv /tmp/implicit-venv && /tmp/implicit-venv/bin/pip install implicit
    python -m benchmarks.recommending_against_implicit --python /tmp/implicit-venv/bin/python --out

Both sides have the same interactions, division, seeds and one core. Each user's last item is the test, the one before
it validates, all items that the user has not seen are ranked, and everything that can be set is chosen on the
validation items. Seconds are of the processor, from the interactions to the chosen model: of Casebook with all its
settings untouched (`automatic`) and without networks (`list`), of implicit with the grid of `stock_implicit_side`, and
for one model of it.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import recommending, table
from cases.ranking.split import EvalQueries
from cases.recommendation.settings import Settings
from cases.recommendation.trainer import RecommenderTrainer
from models.evaluation import ranking

DATA = {name: table.ROOT.parent / "shared/data" / name for name in ("rec_ml100k", "rec_ml_latest_small")}
SIDE = Path(__file__).parent / "stock_implicit_side.py"
TOLD = ("ndcg@10", "recall@10")
COLUMNS = ["data", "seed", "model", "validation NDCG@10", "test NDCG@10", "test recall@10", "s", "one model, s"]


def write(trainer: RecommenderTrainer, folder: Path) -> None:
    context = trainer.context
    told = {"train_user": context.train.user, "train_item": context.train.item, "items": context.history.items,
            "people": context.history.people}  # fmt: skip
    for part, asked in {"validation": context.validation, "test": context.test}.items():
        told |= {f"{part}_{name}": one for name, one in _flat(asked).items()}
    np.savez(folder / "interactions.npz", **told)


def _flat(asked: EvalQueries) -> dict[str, np.ndarray]:
    found = {"people": asked.people, "wanted": asked.wanted}
    for name in ("had", "seen"):
        some = getattr(asked, name)
        found |= {name: np.concatenate(some), f"{name}_ends": np.cumsum([0, *map(len, some)])}
    return found


def theirs(python: Path, trainer: RecommenderTrainer, seed: int) -> list[tuple[dict[str, Any], dict[str, np.ndarray]]]:
    """What each of their models says of itself, and its metrics of every user asked about."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(trainer, folder)
        done = subprocess.run(
            [str(python), str(SIDE), name, str(seed)], stdout=subprocess.PIPE, text=True, check=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
        told = [json.loads(line) for line in done.stdout.splitlines()]
        return [(one, ranking.by_person(np.load(folder / f"{one['name']}.npy"))) for one in told]


def compare(python: Path, name: str, networks: list[str], cache: Path, seed: int) -> list[dict[str, Any]]:
    files = [DATA[name] / file for file in ("ratings.csv", "items.csv")]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        dataset = recommending.read(files, Path(folder))
        for network in networks:
            start = time.process_time()
            trainer = recommending.learn(dataset, cache, Settings(seed=seed, network=network))
            seconds = time.process_time() - start
            mine = recommending.judged(trainer, trainer.context.test)
            best = recommending.judged(trainer, trainer.context.validation)["ndcg@10"].mean()
            rows.append({"data": name, "seed": seed, "model": f"Casebook, {network}: {trainer.kept.name}",
                         "validation": float(best), "seconds": seconds, **_values(mine)})  # fmt: skip
    for told, metrics in theirs(python, trainer, seed):
        gained = ranking.difference(mine["ndcg@10"], metrics["ndcg@10"])
        rows.append({"data": name, "seed": seed, "model": f"implicit: {told['name'].upper()}", **_values(metrics),
                     **{key: told[key] for key in ("validation", "seconds", "once", "chosen")},
                     "Casebook more, ndcg@10": gained})  # fmt: skip
    for row in rows:
        print(_cells(row), flush=True)
    return rows


def _values(metrics: dict[str, np.ndarray]) -> dict[str, float]:
    return {name: float(metrics[name].mean()) for name in TOLD}


def _cells(row: dict[str, Any]) -> list[Any]:
    return [row["data"], row["seed"], row["model"], f"{row['validation']:.4f}", *(f"{row[name]:.4f}" for name in TOLD),
            row["seconds"], row.get("once")]  # fmt: skip


def main() -> None:
    parser = table.options(__doc__, "recommending_against_implicit")
    parser.add_argument("--python", type=Path, required=True, help="of an environment with implicit")
    parser.add_argument("--data", nargs="+", choices=DATA, default=list(DATA))
    parser.add_argument("--networks", nargs="+", default=["list", "automatic"], help="what Casebook is asked for")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "casebook-benchmark")
    args = parser.parse_args()
    seeds = args.seeds[:1] if args.quick else args.seeds
    rows = [
        row
        for name in args.data
        for seed in seeds
        for row in compare(args.python, name, args.networks, args.cache, seed)
    ]
    table.show(COLUMNS, [_cells(row) for row in rows])
    table.write(args.out, rows=rows)


if __name__ == "__main__":
    main()
