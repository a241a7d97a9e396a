"""Small data of every task type and modality, runs on them that are done, and the page that opens them."""

from __future__ import annotations

import json

import made_items
import made_speech
import numpy as np
import pandas as pd
import pytest
from evaluation_page import BOTH, answered
from opened_pages import opened
from sounds import encoded, tone

import cases
from cases.base import UploadedFile, WorkDirs
from cases.dataset import Dataset
from cases.settings import as_json
from cases.speech.transcription.evaluation import Judge
from models.progress import QUIET
from runs import paths
from runs.jobs import data_import
from runs.results import evaluation_parts, predictions
from runs.store import dataset_rows, queue, records

CLASSES = ("moss", "rust", "slate")
EXACT = {"items": 30, "same": 30, "largest_difference": 1e-6, "close": []}
TOLD = {"peak_memory_mb": 512.0, "seconds": {"train": 1.0}, "bundle": "bundle.zip"}
PARTS = {"train": 1, "validation": 1, "test": 30, "set_aside": 0}


def read(case, *files):
    parts = [UploadedFile(path, path.name) for path in files]
    return data_import.into_dataset(case, parts, "d1", QUIET)


def images(folder, zip_of, draw):
    return read("image_recognition", zip_of(folder / "noise.zip", draw(10)))


def texts(folder, zip_of, draw):
    """As they are read, without a tokenizer that counts."""
    there = paths.datasets() / "d1"
    there.mkdir(parents=True)
    written = [f"text number {number}" for number in range(30)]
    samples = pd.DataFrame({
        "name": [f"texts.csv:{row + 2}" for row in range(30)], "file": "", "label": np.repeat(CLASSES, 10), "split": "",
        "text": written, "characters": 14, "tokens": 5, "language": "en", "same": -1, "alike": -1,
    })  # fmt: skip
    made = Dataset(there, "d1", "text_analysis", "texts", CLASSES)
    made.save(samples, pd.DataFrame({"name": [], "reason": []}))
    return made


def recordings(folder, zip_of, draw):
    made = {f"{CLASSES[n // 10]}/{n:02}.wav": encoded(tone(0.3 + n / 100, 200 + 20 * n)) for n in range(30)}
    return read("speech", zip_of(folder / "tones.zip", made))


def transcripts(folder, zip_of, draw):
    (folder / "speech.zip").write_bytes(made_speech.archive(24))
    return read("speech", folder / "speech.zip")


def interactions(folder, zip_of, draw):
    files = folder / "ratings.csv", folder / "books.csv"
    for path, content in zip(files, made_items.tables(), strict=True):
        path.write_text(content, "utf-8")
    return read("recommendation", *files)


MADE = {"image": images, "text": texts, "audio": recordings, "transcript": transcripts, "item": interactions}


def begun(dataset, **settings):
    chosen = as_json(cases.get(dataset.case).Settings(**settings))
    made = records.create_run("local", "fine_tune", dataset.case, dataset.case, dataset="d1", settings=chosen, edits={})
    queue.claim_here(made)
    paths.run(made).mkdir(parents=True, exist_ok=True)
    return made, {**TOLD, "settings": chosen, "model": chosen["model"]}


def ended(made, result):
    queue.end(made, "done", result=json.loads(json.dumps(result)))
    return records.run(made, "local")


def classified(dataset, folder):
    """A run that took eight of its thirty test items for the next class."""
    made, told = begun(dataset)
    labels = dataset.samples["label"].map({name: n for n, name in enumerate(dataset.classes)}).to_numpy()
    wrong = np.where(np.arange(30) % 4, labels, (labels + 1) % 3)
    answered(dataset.classes, labels, wrong, 0.9).save(paths.run(made) / predictions.FOLDER)
    table = pd.DataFrame({"id": range(30), "label": dataset.samples["label"],
                          "predicted": [dataset.classes[n] for n in wrong]})  # fmt: skip
    table.to_parquet(paths.run(made) / "predictions.parquet")
    return ended(made, {**told, "test": BOTH, "references": {"majority": BOTH, "frozen_features": BOTH},
                        "data": PARTS, "onnx": EXACT})  # fmt: skip


def transcribed(dataset, folder):
    """A run that heard two words wrong, where the untouched model had heard none right."""
    made, told = begun(dataset, task="transcribe")
    judge, labels = Judge("en"), dataset.samples["label"].tolist()
    heard = ["hello" if n in (0, 2) else text for n, text in enumerate(labels)]
    table = judge.table(np.arange(24), labels, heard, ["what"] * 24, confidence=[0.9] * 24)
    table.to_parquet(paths.run(made) / "predictions.parquet")
    return ended(made, {
        **told, "test": judge.figures(labels, heard), "data": {**PARTS, "test": 24},
        "references": {"untouched": judge.figures(labels, ["what"] * 24)},
        "onnx": {"items": 24, "same": 23, "close": ["03.wav"]},
    })  # fmt: skip


def ranked(dataset, folder):
    """A run of the smallest network that ranks, really trained: its lists go back to its bundle."""
    from cases.recommendation.trainer import build

    chosen = {**made_items.QUICK, "network": "factors", "epochs": 1}
    made, told = begun(dataset, **chosen)
    trainer = build(cases.get("recommendation").Settings(**chosen), dataset,
                    WorkDirs(paths.run(made), folder / "cache"), QUIET)  # fmt: skip
    trainer.fit(QUIET)
    evaluation = trainer.evaluate(QUIET)
    evaluation_parts.keep(paths.run(made), evaluation)
    result = {"data": {**trainer.counts, "set_aside": 0}, "test": evaluation.metrics,
              "references": trainer.references, **evaluation.more}  # fmt: skip
    known = trainer.save(paths.run(made) / "bundle", result, QUIET)
    return ended(made, {**result, **known, **told})


RUNS = {"image": classified, "text": classified, "audio": classified, "transcript": transcribed, "item": ranked}


@pytest.fixture
def data(tmp_path, zip_of, pictures):
    """Make the small data called so; pages then find them as d1."""

    def make(name):
        dataset = MADE[name](tmp_path, zip_of, pictures)
        dataset_rows.add("local", "d1", dataset.case, dataset.name, sample=False)
        return dataset

    return make


@pytest.fixture
def run(data, tmp_path):
    """A run on them that is done."""
    return lambda name: RUNS[name](data(name), tmp_path)


@pytest.fixture
def open_page():
    return lambda page, **address: opened(f"{page}.py", **address)


def drawn(app):
    """The names of the components on the page."""
    return {e.proto.component_name.removeprefix("casebook_") for e in app.get("bidi_component")}
