"""What the final fit adds to the training that is shown: the same head with and without it, on the same items.

    python -m benchmarks.head_training --out
    python -m benchmarks.head_training --test --out

Every setting is untouched, the head alone learns, seeds 0 to 2. Defaults are chosen by the first form: a third of each
training part is held out, the rest is divided as usual, and the test part is not looked at. The second form asks both
about the test part, once. Differences are paired: how many items only one of the two names rightly (McNemar's test).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import prepared, table
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


def right(name: str, dataset: Dataset, seed: int, *, test: bool) -> dict[str, np.ndarray]:
    """Way → (items,) whether each is named rightly; both ways come from one training."""
    case, _, chosen = SETS[name]
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for way, final_fit in WAYS.items():
            torch.manual_seed(seed)
            context, items = prepared.inputs(
                case, dataset, {**chosen, "seed": seed, "final_fit": final_fit}, Path(folder),
                prepared.as_usual if test else held_out,
            )  # fmt: skip
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


def main() -> None:
    parser = table.options(__doc__, "head_training")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--test", action="store_true", help="ask about the test parts")
    parser.add_argument("--home", type=Path, help="where features are kept for the next time")
    args = parser.parse_args()
    figures, rows = {}, []
    with tempfile.TemporaryDirectory() as spare:
        os.environ["CASEBOOK_HOME"] = str(args.home or spare)
        for name in args.sets:
            dataset = read(name)
            runs = [
                right(name, dataset, seed, test=args.test) for seed in seeds(dataset, test=args.test, quick=args.quick)
            ]
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
