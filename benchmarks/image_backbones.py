"""The image models that packages carry: accuracy and time of head only, on splits of training parts.

    python -m benchmarks.image_backbones --out

Every setting but the model is untouched. Test parts are not looked at: of each training part a third is held out
three times, by seeds 0 to 2, and all models are asked about the same pictures. Seconds are those of the processor with
the first seed, which other work beside it changes little: unpacking of the weights, features of all pictures, and the
training. Pictures are decoded before.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

import cases
from benchmarks import table
from benchmarks.head_training import held_out, named
from cases.base import UploadedFile, WorkDirs
from cases.classification.trainer import ClassifierTrainer
from cases.dataset import Dataset
from cases.image_recognition import reader
from cases.image_recognition.settings import Settings
from cases.image_recognition.trainer import ImageInputs
from cases.splits import asked, divide
from cases.training.context import TrainingContext
from models.evaluation.significance import mcnemar
from models.pretrained import catalog
from models.progress import QUIET
from runs import paths
from runs.jobs import data_import

CASE = "image_recognition"
SETS = {"flowers": "img_flowers17_12", "hymenoptera": "img_hymenoptera"}
SAMPLES = {sample.name: sample for sample in cases.get(CASE).samples}
SEEDS = 3


def packaged() -> list[str]:
    """Ids of the models that packages carry and that are installed."""
    cache = paths.cache() / "models"
    return [one.id for one in catalog.models_for("image") if one.carrier and catalog.is_here(one, cache)]


def training_part(name: str, folder: Path) -> Dataset:
    """A data set of nothing but the training part of a set in `../shared/data`, or of a sample."""
    if name in SETS:
        archive = table.SOUNDS / SETS[name] / "train.zip"
        parts = [UploadedFile(archive, archive.name, "train")]
        return data_import.into_dataset(CASE, parts, f"backbones-{name}", QUIET)
    dataset = data_import.into_dataset(CASE, [SAMPLES[name].write(folder)], f"backbones-{name}", QUIET)
    rows = divide(dataset, **asked(Settings()))
    kept = np.sort(np.concatenate([rows["train"], rows["validation"]]))
    dataset.samples.loc[:, "split"] = ""
    dataset.samples.loc[kept, "split"] = "train"
    return dataset


def right(dataset: Dataset, model: str, seed: int) -> tuple[np.ndarray, float]:
    """(pictures,) whether each that was held out is named rightly, and the processor's seconds until all is trained."""
    settings = Settings(model=model, seed=seed)
    rows = held_out(dataset, settings)
    with tempfile.TemporaryDirectory() as folder:
        context = TrainingContext(settings, dataset, WorkDirs(Path(folder), paths.cache()), rows)
        began = time.process_time()
        inputs = ImageInputs(context, QUIET)
        decoding = time.process_time()
        reader.pixels(dataset, inputs.size, inputs.preprocessing["interpolation"], context.place.kept, QUIET)
        began += time.process_time() - decoding
        trainer = ClassifierTrainer(context, inputs, QUIET)
        trainer.fit(QUIET)
        took = time.process_time() - began
        return named(trainer, rows["test"]) == context.labels[rows["test"]], took


def compared(name: str, dataset: Dataset, models: Sequence[str], seeds: int) -> dict:
    """Of each model its accuracy by seed and its seconds; of the first and each other the pictures only one names."""
    asked_about = {model: [right(dataset, model, seed) for seed in range(seeds)] for model in models}
    named_rightly = {model: np.concatenate([found for found, _ in runs]) for model, runs in asked_about.items()}
    first = models[0]
    return {
        "pictures": len(dataset.samples),
        "models": {
            model: {
                "accuracy": [100 * float(found.mean()) for found, _ in runs],
                "seconds": runs[0][1],
                "against_first": asdict(mcnemar(named_rightly[model], named_rightly[first])),
            }
            for model, runs in asked_about.items()
        },
    }


def main() -> None:
    parser = table.options(__doc__, "image_backbones")
    parser.add_argument("--sets", nargs="+", choices=[*SETS, *SAMPLES], default=[*SETS, *SAMPLES])
    parser.add_argument("--models", nargs="+", help="ids or folders; else those that packages carry")
    args = parser.parse_args()
    figures, rows = {}, []
    with tempfile.TemporaryDirectory() as home:
        os.environ["CASEBOOK_HOME"] = home
        models = args.models or packaged()
        for name in args.sets:
            dataset = training_part(name, Path(home))
            figures[name] = compared(name, dataset, models, 1 if args.quick else SEEDS)
            for model, found in figures[name]["models"].items():
                paired = found["against_first"]
                rows.append([f"{name}, {model}", float(np.mean(found["accuracy"])), found["seconds"],
                             paired["only_one"], paired["only_other"], paired["p"]])  # fmt: skip
    table.show(["head only", "accuracy, %", "seconds", "only this one", "only the first", "p"], rows)
    table.write(args.out, asked_about="a third of the training parts", sets=figures)


if __name__ == "__main__":
    main()
