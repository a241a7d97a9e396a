"""What leaves: a vector for each item, the network that makes a person of those they had, and a script that joins them;
where items start from text the language model too. Nothing about any user leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors.numpy import save_file

from cases import bundling
from cases.recommendation import card, evaluating, portable, predict
from models.report import Report

if TYPE_CHECKING:
    from cases.recommendation.learner import Recommending

PEOPLE, MAP = "people.safetensors", "catalogue.parquet"  # beside the bundle


def save(folder: Path, learner: Recommending, result: dict[str, Any], report: Report) -> dict[str, Any]:
    """Write the bundle into `folder`; returns what is to be known about it.

    `result` is what `result.json` will say of data, test and references.
    """
    folder.mkdir(parents=True)
    model = learner.portable
    save_file(model.tensors, folder / portable.TENSORS)
    _write_items(folder / "items.json", learner)
    preprocessing = {"longest": model.longest, "parts": {name: file for name, (file, *_) in model.parts.items()}}
    if model.listed is not None:
        preprocessing["decay"] = model.listed.decay
    if learner.reads_texts:
        bundling.share_body(folder / "body", learner.texts.weights, learner.place.cache)
        portable.save_text(folder, learner.texts, learner.axes, learner.kept)
        tokeniser = learner.texts.tokeniser
        preprocessing |= {"prefix": tokeniser.prefix, "most": tokeniser.most, "pad": tokeniser.pad}
    bundling.describe(folder, learner.settings, Path(predict.__file__), preprocessing)
    agreement = portable.save(folder, model, learner.test, report)
    known = {"onnx": agreement, "lists": learner.lists, "kept": learner.kept.name, "tried": learner.tried}
    if model.listed is not None:
        known["shipped"] = evaluating.of_what_leaves(learner, report)
    bundling.tell(folder, {**result, **known})
    card.write(folder, learner, {**result, **known})
    if learner.reads_texts:
        evaluating.keep_people(learner, learner.place.folder / PEOPLE)
    evaluating.keep_map(model, learner.train.counts, learner.place.folder / MAP)
    return known


def _write_items(path: Path, learner: Recommending) -> None:
    samples = learner.dataset.samples
    told = {
        "ids": samples["name"].tolist(),
        "titles": samples["label"].tolist(),
        "genres": samples["genres"].tolist(),
        "people": samples["people"].tolist(),  # in all parts, as the check counts them
    }
    path.write_text(json.dumps(told, ensure_ascii=False), "utf-8")
