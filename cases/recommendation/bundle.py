"""What leaves: a vector for each item, the network that makes a person of those they had, and a script that joins them;
where items start from text the language model too. Nothing about any user leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors.numpy import save_file

from cases.recommendation import evaluation, export, model_card, predict
from cases.training import bundle
from models.progress import ProgressReporter

if TYPE_CHECKING:
    from cases.recommendation.trainer import RecommenderTrainer

# beside the bundle
PEOPLE, BASELINES, MAP = "people.safetensors", "baselines.safetensors", "catalogue.parquet"


def save(folder: Path, trainer: RecommenderTrainer, result: dict[str, Any], report: ProgressReporter) -> dict[str, Any]:
    """Write the bundle into `folder`; returns what is to be known about it.

    `result` is what `result.json` will say of data, test and references.
    """
    folder.mkdir(parents=True)
    model = trainer.portable
    save_file(model.tensors, folder / export.TENSORS)
    _write_items(folder / "items.json", trainer)
    preprocessing = {"longest": model.longest, "parts": {name: file for name, (file, *_) in model.parts.items()}}
    if model.listed is not None:
        preprocessing["decay"] = model.listed.decay
    if trainer.read_texts:
        texts, axes = trainer.read_texts
        bundle.share_body(folder / "body", texts.weights, trainer.place.cache)
        export.save_text(folder, texts, axes, trainer.kept)
        tokeniser = texts.tokeniser
        preprocessing |= {"prefix": tokeniser.prefix, "most": tokeniser.most, "pad": tokeniser.pad}
    bundle.describe(folder, trainer.settings, Path(predict.__file__), preprocessing)
    agreement = export.save(folder, model, trainer.test, report)
    known = {"onnx": agreement}
    if model.listed is not None:
        known["shipped"] = evaluation.of_what_leaves(trainer, report)
    bundle.tell(folder, {**result, **known})
    model_card.write(folder, trainer, {**result, **known})
    if trainer.read_texts:
        evaluation.keep_people(trainer, trainer.place.folder / PEOPLE)
    evaluation.keep_baselines(trainer, trainer.place.folder / BASELINES)
    evaluation.keep_map(model, trainer.train.counts, trainer.place.folder / MAP)
    return known


def _write_items(path: Path, trainer: RecommenderTrainer) -> None:
    samples = trainer.dataset.samples
    told = {
        "ids": samples["name"].tolist(),
        "titles": samples["label"].tolist(),
        "genres": samples["genres"].tolist(),
        "people": samples["people"].tolist(),  # in all parts, as the check counts them
    }
    if "year" in samples and (samples["year"] != "").any():
        told["years"] = samples["year"].tolist()
    path.write_text(json.dumps(told, ensure_ascii=False), "utf-8")
