"""Fine-tuning as fastai's guide to vision does it: `vision_learner`, then `fine_tune`; one run, one process.

Its own recipe is left as it is: random cuts and `aug_transforms`, one epoch of the head alone, then of the whole
network with rates by layer group and one cycle. The weights and the split are those of the other side. The weights of
the last epoch are kept, as `fine_tune` does. Needs fastai in the interpreter that `images_against_fastai` is told of.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from zipfile import ZipFile

import timm
from fastai.vision import all as vision

from benchmarks.side_report import timed, told
from models.pretrained import catalog

ARCHITECTURE, SIDE = "tf_efficientnet_lite0", 224


def main(spec: dict) -> dict:
    """`spec`: data, test, validation, epochs, batch, seed, home."""
    seconds: dict[str, float] = {}
    home = Path(spec["home"])
    vision.set_seed(spec["seed"], reproducible=True)
    with timed("read", seconds):
        for part, archive in (("train", spec["data"]), ("test", spec["test"])):
            with ZipFile(archive) as opened:
                opened.extractall(home / part)
    kept = set(json.loads(Path(spec["validation"]).read_text("utf-8")))
    with timed("prepare", seconds):
        dls = _loaders(home, kept, spec["batch"])
        learner = vision.vision_learner(dls, ARCHITECTURE, pretrained=False, metrics=vision.accuracy, path=home)
        _load(learner, home)
    with timed("train", seconds), learner.no_bar(), learner.no_logging():
        learner.fine_tune(spec["epochs"])
    with timed("evaluate", seconds), learner.no_bar():
        files = vision.get_image_files(home / "test")
        test = dls.test_dl(files, with_labels=True)
        probabilities, labels = learner.get_preds(dl=test)
        accuracy = float((probabilities.argmax(1) == labels).float().mean())
    with timed("export", seconds):
        learner.save("model")
    names = [path.relative_to(home / "train").as_posix() for path in dls.train_ds.items]
    return told(seconds, accuracy, names)


def _loaders(home: Path, kept: set[str], batch: int) -> vision.DataLoaders:
    """Of the training and validation pictures; the latter are those that are `kept`."""
    block = vision.DataBlock(
        blocks=(vision.ImageBlock, vision.CategoryBlock),
        get_items=vision.get_image_files,
        splitter=vision.FuncSplitter(lambda path: path.relative_to(home / "train").as_posix() in kept),
        get_y=vision.parent_label,
        item_tfms=vision.RandomResizedCrop(SIDE, min_scale=0.5),
        batch_tfms=vision.aug_transforms(),
    )
    return block.dataloaders(home / "train", bs=batch, num_workers=0)


def _load(learner: vision.Learner, home: Path) -> None:
    """Give the body the packaged weights, normalise as they were trained, and freeze it, as `pretrained=True` does."""
    folder = catalog.folder("efficientnet_lite0", home / "models")
    body = timm.create_model(f"local-dir:{folder}", pretrained=True, num_classes=0)
    missing, _ = learner.model[0].model.load_state_dict(body.state_dict(), strict=False)
    if missing:
        raise RuntimeError(f"Weights are missing: {missing[:3]}")
    config = timm.data.resolve_model_data_config(body)
    learner.dls.add_tfms([vision.Normalize.from_stats(config["mean"], config["std"])], "after_batch")
    learner.freeze()


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
