"""Casebook's engine against the stock examples of the libraries: time, memory and accuracy on the same pictures.

    python -m benchmarks.against_stock --out

Each run is a process of its own; the sides take turns. A repeat has a seed of its own, by which both sides part the
pictures; speeds are compared by their medians, accuracies by their means. A total begins when all is imported, on both
sides, and holds everything after it: unzipping, unpacking the weights, training with a look at the validation part
after each epoch, the test, saving. On Casebook's side that is also the references, the intervals, and the bundle,
loaded again and tried.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from benchmarks import sides, table
from benchmarks.sides import Row

CASE = "image_recognition"
LEARNING_RATE = {"head": 5e-4, "full": 1e-4}  # Casebook's defaults
ROWS = {"head fp32": Row("head", False, 8.0), "head bf16": Row("head", True, 8.0), "full fp32": Row("full", False, 1.5)}


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
    forms = {f"{number} loaders": {"workers": number} for number in args.workers}
    rows, figures = [], {}
    with TemporaryDirectory() as folder:
        data, test = args.data.absolute(), args.test.absolute()
        if args.quick:
            data, test = (fewer(archive, Path(folder), most) for archive, most in ((data, 8), (test, 4)))
            args.epochs = args.full_epochs = 1
        kept = {seed: sides.held_back(CASE, data, test, seed, Path(folder)) for seed in args.seeds}
        for name in args.rows:
            row = ROWS[name]
            print(name, file=sys.stderr)
            spec = {
                "case": CASE, "data": str(data), "test": str(test), "mode": row.mode, "bf16": row.bf16, "batch": 32,
                "epochs": args.full_epochs if row.mode == "full" else args.epochs,
                "learning_rate": LEARNING_RATE[row.mode],
            }  # fmt: skip
            specs = [{**spec, "seed": seed, "validation": str(path)} for seed, path in kept.items()]
            shown, figures[name] = sides.judge(name, row, *sides.compare("stock_side", forms, specs), quick=args.quick)
            rows += shown
    table.show(sides.COLUMNS, rows)
    table.write(args.out, data=data.name, epochs=args.epochs, full_epochs=args.full_epochs, rows=figures)


if __name__ == "__main__":
    main()
