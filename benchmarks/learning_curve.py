"""What a learning curve takes beside the training of a head, with the features that both read kept before.

    python -m benchmarks.learning_curve --out

A run with untouched settings trains the head alone (choice of the penalty and epochs), then the curve is measured as
the button of step 5 does it. The bar: at most twice the processor time of the head. It is processor time, for other
work on the machine tells less in it.
"""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import prepared, table
from benchmarks.head_training import SETS, read
from cases.classification.trainer import ClassifierTrainer
from models.progress import QUIET

BAR = 2.0  # times the head's training
SHOWN = ("set", "train", "head, s", "curve, s", "curve / head", "bar", "", "judged", "verdict")


def measure(name: str) -> dict[str, Any]:
    case, _, chosen = SETS[name]
    with tempfile.TemporaryDirectory() as folder:
        context, items = prepared.inputs(case, read(name), chosen, Path(folder))
        items.features(QUIET)
        for probe in context.place.kept.rglob("*-probe.safetensors*"):
            probe.unlink()  # of an earlier measurement
        began = time.process_time()
        trainer = ClassifierTrainer(context, items, QUIET)
        trainer.fit(QUIET)
        head, began = time.process_time() - began, time.process_time()
        found = trainer.learning_curve({}, QUIET)
        curve = time.process_time() - began
    points = [asdict(point) for point in found.points]
    return {"train": len(context.rows["train"]), "head": head, "curve": curve, "judged": found.judged,
            "verdict": found.verdict, "points": points}  # fmt: skip


def main() -> None:
    parser = table.options(__doc__, "learning_curve")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=["digits", "flowers"])
    parser.add_argument("--home", type=Path, help="where features are kept for the next time")
    args = parser.parse_args()
    figures, rows = {}, []
    with tempfile.TemporaryDirectory() as spare:
        os.environ["CASEBOOK_HOME"] = str(args.home or spare)
        for name in args.sets:
            figures[name] = one = measure(name)
            ratio = one["curve"] / one["head"]
            rows.append([name, one["train"], one["head"], one["curve"], ratio, BAR,
                         table.verdict(ratio, BAR, quick=args.quick), one["judged"], one["verdict"]])  # fmt: skip
            table.write(args.out, sets=figures)
    table.show(SHOWN, rows)


if __name__ == "__main__":
    main()
