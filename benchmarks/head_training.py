"""What the final fit adds to the training that is shown: the same head with and without it, on the same items.

    python -m benchmarks.head_training --out
    python -m benchmarks.head_training --test --out
    python -m benchmarks.head_training --few 8 20 40 --out

Every setting is untouched, the head alone learns, seeds 0 to 2. Defaults are chosen by the first form: a third of each
training part is held out, the rest is divided as usual, and the test part is not looked at. The second form asks both
about the test part, once. Differences are paired: how many items only one of the two names rightly (McNemar's test).

The third form takes so many examples a class, in the five draws of the training files of `few_examples`, a part of
which is held out; each of its cells is a draw.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import few_examples, prepared, table
from cases.base import UploadedFile
from cases.classification.trainer import ClassifierTrainer
from cases.dataset import Dataset
from cases.splits import asked, split
from models.evaluation.significance import mcnemar
from models.progress import QUIET
from runs.jobs import data_import

SETS = {
    "flowers": ("image_recognition", "img_flowers17_12", {}),
    "hymenoptera": ("image_recognition", "img_hymenoptera", {}),
    "trec6": ("text_analysis", "txt_trec6_en", {}),
    "sst2": ("text_analysis", "txt_sst2_en", {}),
    "waimai": ("text_analysis", "txt_waimai_zh", {}),
    "tnews": ("text_analysis", "txt_fewclue_tnews_zh", {}),
    "digits": ("speech", "spk_fsdd_digits", {"task": "label"}),
    "speakers": ("speech", "spk_fsdd_speaker", {"task": "label", "model": "ge2e-speaker-encoder"}),
}
FEW_SHOWN = ["accuracy, %", "draws", "training", "final fit", "gain", "least gain", "% of draws better"]
WAYS = {"training": "none", "final fit": "cross_validated"}
HELD_OUT = 1 / 3
FEW = 500  # items; of fewer so many seeds are drawn that they are asked about as often


def read(name: str) -> Dataset:
    case, folder, _ = SETS[name]
    found = [next((table.SOUNDS / folder).glob(f"{part}.*")) for part in ("train", "test")]
    parts = [UploadedFile(path, path.name, path.stem) for path in found]
    return data_import.into_dataset(case, parts, f"head-{name}", QUIET)


def held_out(dataset: Dataset, settings: Any) -> dict[str, np.ndarray]:
    """Rows of the parts when a share of the training part stands for the test part, which no part holds."""
    own = np.flatnonzero(dataset.samples["split"] == "train")
    samples = dataset.samples.iloc[own].assign(split="")
    parts = split(samples, **{**asked(settings), "test": HELD_OUT}).to_numpy()
    return {part: own[parts == part] for part in ("train", "validation", "test")}


def right(
    case: str, dataset: Dataset, chosen: dict[str, str], seed: int, rows: prepared.Rows
) -> dict[str, np.ndarray]:  # fmt: skip
    """Way → (items,) whether each is named rightly."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for way, final_fit in WAYS.items():
            torch.manual_seed(seed)
            settings = {**chosen, "seed": seed, "final_fit": final_fit}
            context, items = prepared.inputs(case, dataset, settings, Path(folder), rows)
            trainer = ClassifierTrainer(context, items, QUIET)
            trainer.fit(QUIET)
            asked_about = context.rows["test"]
            found[way] = named(trainer, asked_about) == context.labels[asked_about]
    return found


def named(trainer: ClassifierTrainer, rows: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return trainer.network.head.eval()(torch.from_numpy(np.array(trainer.features.open()[rows]))).argmax(1).numpy()


def seeds(dataset: Dataset, *, test: bool, quick: bool) -> Iterator[int]:
    few = int((dataset.samples["split"] == "train").sum()) * HELD_OUT
    return range(1 if quick else 3 if test or few > FEW else min(12, round(3 * FEW / few)))


def of_few(sizes: list[int], *, quick: bool) -> tuple[dict[str, Any], list[list[Any]]]:
    """Set and size → the accuracies of each way by draw; and the lines of a table."""
    figures: dict[str, Any] = {}
    rows = []
    for name, (case, _, chosen) in list(few_examples.SETS.items())[: 1 if quick else None]:
        with tempfile.TemporaryDirectory() as folder:
            dataset = few_examples.read(name, Path(folder))
        for size in sizes:
            shares: dict[str, list[float]] = {way: [] for way in WAYS}
            for draw in range(1 if quick else few_examples.DRAWS):
                told = right(case, dataset, chosen, draw, partial(few_examples.drawn, size=size, draw=draw))
                for way, found in told.items():
                    shares[way].append(100 * float(found.mean()))
            figures.setdefault(name, {})[size] = shares
            rows.append(_summed(f"{name}, {size} a class", shares))
            table.show(FEW_SHOWN, rows[-1:])
    for size in sizes:
        every = {way: [one for some in figures.values() for one in some[size][way]] for way in WAYS}
        rows.append(_summed(f"all, {size} a class", every))
    return figures, rows


def _summed(name: str, shares: dict[str, list[float]]) -> list[Any]:
    without, along = (np.array(shares[way]) for way in WAYS)
    gains = along - without
    return [name, len(gains), without.mean(), along.mean(), gains.mean(), gains.min(), 100 * float((gains > 0).mean())]


def main() -> None:
    parser = table.options(__doc__, "head_training")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--test", action="store_true", help="ask about the test parts")
    parser.add_argument("--few", nargs="+", type=int, metavar="EXAMPLES", help="so many examples a class instead")
    parser.add_argument("--home", type=Path, help="where features are kept for the next time")
    args = parser.parse_args()
    figures, rows = {}, []
    with tempfile.TemporaryDirectory() as spare:
        os.environ["CASEBOOK_HOME"] = str(args.home or spare)
        if args.few:
            figures, rows = of_few(args.few, quick=args.quick)
            print()
            table.show(FEW_SHOWN, rows)
            return table.write(args.out, asked_about="a part of the training files", sets=figures)
        for name in args.sets:
            dataset, (case, _, chosen) = read(name), SETS[name]
            rows_of = prepared.as_usual if args.test else held_out
            runs = [right(case, dataset, chosen, seed, rows_of)
                    for seed in seeds(dataset, test=args.test, quick=args.quick)]  # fmt: skip
            both = {way: np.concatenate([one[way] for one in runs]) for way in WAYS}
            shares = {way: [100 * float(one[way].mean()) for one in runs] for way in WAYS}
            paired = mcnemar(*both.values())
            figures[name] = {"accuracy": shares, "paired": asdict(paired)}
            mean = [100 * float(one.mean()) for one in both.values()]
            rows.append([name, *mean, mean[0] - mean[1], paired.only_one, paired.only_other, paired.items, paired.p])
            table.show(["accuracy, %", *WAYS, "difference", "only training", "only final fit", "asked", "p"], rows[-1:])
    print()
    table.show(["accuracy, %", *WAYS, "difference", "only training", "only final fit", "asked", "p"], rows)
    table.write(args.out, asked_about="test parts" if args.test else "a third of the training parts", sets=figures)


if __name__ == "__main__":
    main()
