"""Casebook's engine against the stock text classification example: time, memory and accuracy on the same texts.

    python -m benchmarks.texts_against_stock --out

Measured as `against_stock` measures pictures; the stock side is `stock_texts_side`, with batches filled to 128 tokens,
as the example does unless told otherwise, and, to its advantage, to their longest text.
"""

from __future__ import annotations

import csv
import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import sides, table
from benchmarks.sides import Row

CASE = "text_analysis"
FORMS = {"batch": {"padding": "longest"}, "128": {"padding": "max_length"}}  # to what a batch is filled
LEARNING_RATE = {"head": 5e-4, "full": 5e-5}  # Casebook's defaults
ROWS = {"head fp32": Row("head", False, 8.0), "head bf16": Row("head", True, 8.0), "full fp32": Row("full", False, 1.3)}


def fewer(path: Path, folder: Path, most: int) -> Path:
    """A table with at most `most` of the lines."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        heading, *lines = csv.reader(file)
    made = folder / path.name
    with made.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heading, *random.Random(0).sample(lines, min(most, len(lines)))])
    return made


def main() -> None:
    parser = table.options(__doc__, "texts_against_stock")
    parser.add_argument("--data", type=Path, default=table.QUESTIONS / "train.csv", help="a table: text, label")
    parser.add_argument("--test", type=Path, default=table.QUESTIONS / "test.csv", help="the same, only to test on")
    parser.add_argument("--most", type=int, default=None, help="train on so many lines only")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--full-epochs", type=int, default=3)
    parser.add_argument("--casebook-epochs", type=int, help="of Casebook, where it is as accurate after fewer")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="a repeat for each")
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=list(FORMS))
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS))
    args = parser.parse_args()
    rows, figures = [], {}
    with TemporaryDirectory() as folder:
        data, test = args.data.absolute(), args.test.absolute()
        if args.quick:
            test, args.most, args.epochs, args.full_epochs = fewer(test, Path(folder), 40), 160, 1, 1
        if args.most:
            data = fewer(data, Path(folder), args.most)
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
            forms = {form: FORMS[form] for form in args.forms}
            ours_too = {"epochs": args.casebook_epochs} if args.casebook_epochs else {}
            met = sides.compare("stock_texts_side", forms, specs, ours_too)
            shown, figures[name] = sides.judge(name, row, *met, quick=args.quick)
            rows += shown
    table.show(sides.COLUMNS, rows)
    table.write(args.out, data=data.name, epochs=args.epochs, full_epochs=args.full_epochs, rows=figures)


if __name__ == "__main__":
    main()
