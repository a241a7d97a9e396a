"""What "Find the best" finds within ten minutes, beside the defaults: mean test accuracy of three seeds on seven sets.

    python -m benchmarks.find_best --out
    python -m benchmarks.find_best --sets trec6 --seeds 0 --minutes 2

Each search is a process of its own with all cores and an empty home, as on the command line; the defaults are trained
once more by themselves. Only the training file is given to learn from and to choose by; the test file is opened once,
for the winner. `honest`: its accuracy on the validation part, which chose it, less that on the test part, in points;
the intervals of both say what chance makes of it. What `--out` has already is not measured again: it can be
stopped and gone on with. Three seeds take about four hours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import table

BARS = {"flowers": 0.98, "hymenoptera": 0.95, "trec6": 0.96, "sst2": 0.885, "waimai": 0.91, "tnews": 0.525,
        "speaker": 0.995}  # fmt: skip
SETS = {
    "flowers": ("image_recognition", "img_flowers17_12", "zip"),
    "hymenoptera": ("image_recognition", "img_hymenoptera", "zip"),
    "trec6": ("text_analysis", "txt_trec6_en", "csv"),
    "sst2": ("text_analysis", "txt_sst2_en", "csv"),
    "waimai": ("text_analysis", "txt_waimai_zh", "csv"),
    "tnews": ("text_analysis", "txt_fewclue_tnews_zh", "csv"),
    "speaker": ("speech", "spk_fsdd_speaker", "zip"),
}


def trained(name: str, seed: int, *more: str) -> dict[str, Any]:
    """The result of a run on a set, by the command line in a home of its own."""
    case, place, kind = SETS[name]
    data = table.SOUNDS / place
    with TemporaryDirectory(prefix="casebook-") as home:
        out, began = Path(home, "out"), time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "runs.fine_tune", case, "--data", str(data / f"train.{kind}"),
             "--test", str(data / f"test.{kind}"), "--seed", str(seed), "--out", str(out), *more],
            cwd=table.ROOT, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "CASEBOOK_HOME": home},
        )  # fmt: skip
        return {**json.loads((out / "result.json").read_text("utf-8")), "wall": time.monotonic() - began}


def measured(name: str, seed: int, minutes: float) -> dict[str, Any]:
    """What a search brings, and what the defaults bring."""
    found, usual = trained(name, seed, "--search", f"{minutes * 60:g}s"), trained(name, seed)
    told = found["search"]
    best = told["best"]
    return {
        "accuracy": found["test"]["accuracy"]["value"], "interval": _bounds(found["test"]["accuracy"]),
        "validation": best["value"], "validation interval": _bounds(best),
        "default": usual["test"]["accuracy"]["value"],
        "seconds": found["wall"], "default seconds": usual["wall"], "chosen": best["settings"],
        "trials": told["trials"], "begun": told["begun"],
    }  # fmt: skip


def _bounds(figure: Mapping[str, float]) -> list[float]:
    return [figure["low"], figure["high"]]


def main() -> None:
    parser = table.options(__doc__, "find_best")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--minutes", type=float, default=10)
    args = parser.parse_args()
    kept = json.loads(args.out.read_text("utf-8"))["sets"] if args.out and args.out.exists() else {}
    for seed in args.seeds:
        for name in args.sets:
            cells = kept.setdefault(name, {})
            if str(seed) in cells:
                continue
            cells[str(seed)] = measured(name, seed, args.minutes)
            print(name, seed, json.dumps(cells[str(seed)], ensure_ascii=False), file=sys.stderr, flush=True)
            table.write(args.out, minutes=args.minutes, sets=kept)
    rows = [_row(name, list(cells.values()), quick=args.quick) for name, cells in kept.items() if cells]
    table.show(["set", "seeds", "found, %", "default, %", "bar, %", "", "honest", "seconds"], rows)


def _row(name: str, cells: list[dict[str, Any]], *, quick: bool) -> list[Any]:
    found, usual, chosen_by = (fmean(one[what] for one in cells) for what in ("accuracy", "default", "validation"))
    return [name, str(len(cells)), 100 * found, 100 * usual, 100 * BARS[name],
            table.verdict(found, BARS[name], quick=quick, least=True), 100 * (chosen_by - found),
            fmean(one["seconds"] for one in cells)]  # fmt: skip


if __name__ == "__main__":
    main()
