"""Casebook's engine against the stock audio classification example: time, memory and accuracy on the same recordings.

    python -m benchmarks.sounds_against_stock --out

Measured as `against_stock` measures pictures; the stock side is `stock_sounds_side`. Both sides use the packaged
Whisper tiny.en, with its encoder frozen.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import sides, table
from benchmarks.against_stock import fewer
from benchmarks.sides import Row

CASE = "speech"
LEARNING_RATE = 2e-3  # Casebook's default
ROWS = {"head fp32": Row("head", False, 8.0), "head bf16": Row("head", True, 8.0)}


def main() -> None:
    parser = table.options(__doc__, "sounds_against_stock")
    digits = table.SOUNDS / "spk_fsdd_digits"
    parser.add_argument("--data", type=Path, default=digits / "train.zip", help="a zip of class folders")
    parser.add_argument("--test", type=Path, default=digits / "test.zip", help="the same, only to test on")
    parser.add_argument("--most", type=int, default=30, help="train on so many recordings of each class")
    parser.add_argument("--tested", type=int, default=10, help="test on so many of each class")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="a repeat for each")
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 2], help="loader processes that stock may use")
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS))
    args = parser.parse_args()
    if args.quick:
        args.most, args.tested, args.epochs = 4, 2, 1
    forms = {f"{number} loaders": {"workers": number} for number in args.workers}
    rows, figures = [], {}
    with TemporaryDirectory() as folder:
        data, test = (fewer(archive.absolute(), Path(folder), most)
                      for archive, most in ((args.data, args.most), (args.test, args.tested)))  # fmt: skip
        kept = {seed: sides.held_back(CASE, data, test, seed, Path(folder)) for seed in args.seeds}
        for name in args.rows:
            row = ROWS[name]
            print(name, file=sys.stderr)
            spec = {"case": CASE, "data": str(data), "test": str(test), "mode": row.mode, "bf16": row.bf16, "batch": 32,
                    "epochs": args.epochs, "learning_rate": LEARNING_RATE}  # fmt: skip
            specs = [{**spec, "seed": seed, "validation": str(path)} for seed, path in kept.items()]
            met = sides.compare("stock_sounds_side", forms, specs)
            shown, figures[name] = sides.judge(name, row, *met, quick=args.quick)
            rows += shown
    table.show(sides.COLUMNS, rows)
    table.write(args.out, data=args.data.name, of_each_class=args.most, epochs=args.epochs, rows=figures)


if __name__ == "__main__":
    main()
