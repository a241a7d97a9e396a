"""Casebook's engine against the stock examples of the libraries: time, memory and accuracy on the same data.

    python -m benchmarks.against_stock --out

Each run is a process of its own; the sides take turns. A repeat has a seed of its own, by which both sides part the
pictures; speeds are compared by their medians and accuracies by their means. A total begins when all is imported, on both sides, and holds
everything after it: unzipping, unpacking the weights, training with a look at the validation part after each epoch, the
test, saving. On Casebook's side that is also the references, the intervals, and the bundle, loaded again and tried.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from statistics import fmean, median
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import cases
from benchmarks import table
from cases.base import Part
from cases.splits import split
from models.report import QUIET
from runs import reading

PHASES = ("read", "prepare", "train", "evaluate", "export")
LEARNING_RATE = {"head": 5e-4, "full": 1e-4}  # Casebook's defaults
ROWS = {"head fp32": ("head", False, 8.0), "head bf16": ("head", True, 8.0), "full fp32": ("full", False, 1.5)}
POINT = 0.01  # Casebook's accuracy may be so much lower


def run(side: str, spec: dict) -> dict:
    """What one side did in a fresh process and an empty home."""
    with TemporaryDirectory(prefix="casebook-") as home:
        start = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{side}_side", json.dumps({**spec, "home": home})],
            cwd=table.ROOT, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        return {"side": side, **json.loads(done.stdout.splitlines()[-1]), "process": time.monotonic() - start}


def compare(specs: list[dict], workers: list[int]) -> tuple[list[dict], list[dict]]:
    """The runs of both sides; of the stock example those with the number of loader processes that suits it best."""
    stock, ours = {number: [] for number in workers}, []
    for spec in specs:
        for number in workers:
            stock[number].append(run("stock", {**spec, "workers": number}) | {"workers": number})
            _tell(stock[number][-1])
            if number == workers[0]:
                ours.append(run("casebook", spec))
                _tell(ours[-1])
    best = min(stock.values(), key=lambda runs: median(one["total"] for one in runs))
    if [one["split"] for one in best] != [one["split"] for one in ours]:
        raise RuntimeError("The two sides did not train on the same pictures.")
    return best, ours


def held_back(data: Path, test: Path, seed: int, folder: Path) -> Path:
    """A list of the pictures that Casebook keeps to validate; it keeps copies of one another in one part."""
    os.environ["CASEBOOK_HOME"] = str(folder / "home")
    parts = [Part(data, data.name, "train"), Part(test, test.name, "test")]
    samples = reading.into_dataset("image_recognition", parts, "data", QUIET).samples
    shares = cases.get("image_recognition").Settings()
    kept = split(samples, validation=shares.validation, test=shares.test, seed=seed) == "validation"
    path = folder / f"validation-{seed}.json"
    path.write_text(json.dumps(samples["name"][kept].tolist()), "utf-8")
    return path


def _tell(one: dict) -> None:
    print(
        f"  {one['side']} {one.get('workers', '')}: {one['total']:.1f} s, {100 * one['accuracy']:.1f} %",
        file=sys.stderr,
        flush=True,
    )


def fewer(archive: Path, folder: Path, most: int) -> Path:
    """A zip with at most `most` pictures of each class."""
    made = folder / archive.name
    with ZipFile(archive) as source, ZipFile(made, "w") as target:
        names = [name for name in source.namelist() if not name.endswith("/")]
        random.Random(0).shuffle(names)
        taken: dict[str, int] = {}
        for name in names:
            label = name.split("/")[0]
            taken[label] = taken.get(label, 0) + 1
            if taken[label] <= most:
                target.writestr(name, source.read(name))
    return made


def main() -> None:
    parser = table.options(__doc__, "against_stock")
    parser.add_argument("--data", type=Path, default=table.FLOWERS / "train.zip", help="a zip of class folders")
    parser.add_argument("--test", type=Path, default=table.FLOWERS / "test.zip", help="the same, only to test on")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--full-epochs", type=int, default=10)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="a repeat for each")
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 2], help="loader processes that stock may use")
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS))
    args = parser.parse_args()
    rows, figures = [], {}
    with TemporaryDirectory() as folder:
        data, test = args.data.absolute(), args.test.absolute()
        if args.quick:
            data, test = (fewer(archive, Path(folder), most) for archive, most in ((data, 8), (test, 4)))
            args.epochs = args.full_epochs = 1
        kept = {seed: held_back(data, test, seed, Path(folder)) for seed in args.seeds}
        for name in args.rows:
            mode, bf16, bar = ROWS[name]
            print(name, file=sys.stderr)
            spec = {
                "data": str(data), "test": str(test), "mode": mode, "bf16": bf16, "batch": 32,
                "epochs": args.full_epochs if mode == "full" else args.epochs, "learning_rate": LEARNING_RATE[mode],
            }  # fmt: skip
            specs = [{**spec, "seed": seed, "validation": str(path)} for seed, path in kept.items()]
            stock, ours = compare(specs, args.workers)
            ratio = median(one["total"] for one in stock) / median(one["total"] for one in ours)
            lower = _accuracy(stock) - _accuracy(ours)
            figures[name] = {"stock": stock, "casebook": ours, "ratio": ratio, "bar": bar, "points_lower": 100 * lower}
            verdicts = (
                table.verdict(ratio, bar, quick=args.quick, least=True),
                table.verdict(lower, POINT, quick=args.quick),
            )
            rows += [[*_row(name, stock), *[None] * 4], [*_row(name, ours), ratio, bar, *verdicts]]
    columns = ["", "side", *(f"{phase}, s" for phase in PHASES), "total, s", "accuracy, %", "memory, MB"]
    table.show([*columns, "times", "bar", "speed", "accuracy"], rows)
    table.write(args.out, data=data.name, epochs=args.epochs, full_epochs=args.full_epochs, rows=figures)


def _row(name: str, runs: list[dict]) -> list:
    side = f"stock, {runs[0]['workers']} loaders" if "workers" in runs[0] else "Casebook"
    phases = [median(one["seconds"][phase] for one in runs) for phase in PHASES]
    total, memory = (median(one[what] for one in runs) for what in ("total", "memory_mb"))
    return [name, side, *phases, total, 100 * _accuracy(runs), memory]


def _accuracy(runs: list[dict]) -> float:
    return fmean(one["accuracy"] for one in runs)


if __name__ == "__main__":
    main()
