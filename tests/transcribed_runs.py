"""Recordings with transcripts in two languages, and runs on them that were evaluated."""

from __future__ import annotations

import made_speech
import numpy as np
import pytest

import cases
from cases.settings import as_json
from cases.speech.transcription.evaluation import Judge
from runs import paths
from runs.store import queue, records


@pytest.fixture
def dataset(read_zip, tmp_path):
    (tmp_path / "speech.zip").write_bytes(made_speech.archive(24))
    return read_zip("speech", tmp_path / "speech.zip")


@pytest.fixture
def chinese(read_zip, tmp_path):
    (tmp_path / "zh.zip").write_bytes(made_speech.archive(24, words=("高", "开", "中"), between="，"))
    return read_zip("speech", tmp_path / "zh.zip")


def evaluated(dataset, heard, before, more=None, **settings):
    """A run that is done, and wrote `heard` of the recordings, where the untouched model had written `before`; `more`:
    of its result."""
    chosen = as_json(cases.get("speech").Settings(task="transcribe", **settings))
    made = records.create_run("local", "fine_tune", "speech", "speech", dataset="d1", settings=chosen, edits={})
    judge, labels = Judge(settings.get("language", "en")), dataset.samples["label"].tolist()
    table = judge.table(np.arange(24), labels, heard, before, confidence=[0.9] * 24)
    paths.run(made).mkdir(parents=True, exist_ok=True)
    table.to_parquet(paths.run(made) / "predictions.parquet")
    queue.claim_here(made)
    queue.end(made, "done", result={
        "test": judge.figures(labels, heard), "peak_memory_mb": 512.0,
        "references": {"untouched": judge.figures(labels, before)}, "seconds": {"train": 1.0},
        "data": {"train": 1, "validation": 1, "test": 24, "set_aside": 0}, "model": chosen["model"],
        "settings": chosen, "bundle": "bundle.zip", "onnx": {"items": 24, "same": 23, "close": ["03.wav"]},
        "normalisation": "casebook-1", **(more or {}),
    })  # fmt: skip
    return records.run(made, "local")


@pytest.fixture
def run(dataset):
    """Two recordings of one word were heard as another, one of two words as the first of them."""
    labels = dataset.samples["label"].tolist()
    heard = ["hello" if n in (0, 2) else text.split()[0] if n == 1 else text for n, text in enumerate(labels)]
    return evaluated(dataset, heard, ["what"] * 24)


def button(app, label):
    return next(one for one in app.button if one.label == label)
