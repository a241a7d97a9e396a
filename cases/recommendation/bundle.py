"""What leaves: a vector for each item, the network that makes a person of those they had, and a script that joins them;
where items start from text the language model too. Nothing about any user leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
from safetensors.numpy import save_file

from cases.recommendation import evaluation, export, model_card, predict
from cases.recommendation.item_texts import TextStart
from cases.recommendation.model_choice import Kept
from cases.recommendation.trained import TrainedRecommender
from cases.training import bundle, proof
from models.progress import ProgressReporter

# beside the bundle
PEOPLE, BASELINES = "people.safetensors", "baselines.safetensors"


def save(folder: Path, trained: TrainedRecommender, result: dict[str, Any], report: ProgressReporter) -> dict[str, Any]:
    """Write the bundle into `folder`; returns what is to be known about it.

    `result` is what `result.json` will say of data, test and references.
    """
    folder.mkdir(parents=True)
    context, model = trained.context, trained.portable
    save_file(model.tensors, folder / export.TENSORS)
    if model.people is not None:
        save_file(model.user_tensors, folder / export.USER, model.user_facts)
    _write_items(folder / "items.json", context.dataset.samples)
    preprocessing = {"longest": model.longest, "parts": {name: file for name, (file, *_) in model.parts.items()}}
    if model.listed is not None:
        preprocessing["decay"] = model.listed.decay
    if trained.start:
        preprocessing |= _write_text(folder, trained.start, trained.kept, context.place.cache)
    bundle.describe(folder, context.settings, Path(predict.__file__), preprocessing)
    export.write(folder, model, context.test.had)
    found = export.required(trained.tested.ask(folder, proof.SCRIPT, report))
    known: dict[str, Any] = {"onnx": trained.tested.as_json(found)}
    if model.listed is not None:
        whole = trained.kept.scores(context.test, model.items, whole=True)
        known["shipped"] = evaluation.of_what_leaves(context.test, whole, model, report)
    describe(folder, trained, {**result, **known})
    _keep_beside(trained)
    return known


def describe(folder: Path, trained: TrainedRecommender, result: dict[str, Any]) -> None:
    """Write the model card and the figures; `result` as `result.json` has it."""
    bundle.tell(folder, result)
    model_card.write(folder, trained, result)


def _write_items(path: Path, samples: pd.DataFrame) -> None:
    told = {
        "ids": samples["name"].tolist(),
        "titles": samples["label"].tolist(),
        "genres": samples["genres"].tolist(),
        "people": samples["people"].tolist(),  # in all parts, as the check counts them
    }
    if "year" in samples and (samples["year"] != "").any():
        told["years"] = samples["year"].tolist()
    path.write_text(json.dumps(told, ensure_ascii=False), "utf-8")


def _write_text(folder: Path, start: TextStart, kept: Kept, cache: Path) -> dict[str, Any]:
    """What places a new item by its text; returns what the script must know to read one."""
    bundle.share_body(folder / "body", start.texts.weights, cache)
    export.save_text(folder, start.texts, start.axes, kept)
    tokeniser = start.texts.tokeniser
    return {"prefix": tokeniser.prefix, "most": tokeniser.most, "pad": tokeniser.pad}


def _keep_beside(trained: TrainedRecommender) -> None:
    """What the run answers from and the bundle must not have."""
    context, model, folder = trained.context, trained.portable, trained.context.place.folder
    if trained.start:
        everybody = context.division.everybody(evaluation.MOST_KEPT)
        scores = trained.kept.scores(everybody, model.items)
        evaluation.keep_people(everybody, scores, model, folder / PEOPLE)
    evaluation.keep_baselines(trained.beside, context.train.counts, folder / BASELINES)
