"""A profile on texts is about what the run then does, and leaves nothing behind."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

import cases
from cases.base import WorkDirs
from cases.splits import asked, divide
from cases.text_analysis.profile import TextProfileInputs
from cases.training.context import TrainingContext
from models.pretrained.registry import BackboneSpec
from models.progress import QUIET, NullReporter, Stopped
from models.text import tokenizer
from models.training.cost_estimate import CostEstimate

COUNTS = {"train": 168, "validation": 36, "test": 36}


@pytest.fixture
def measure(text_body, texts, tmp_path):
    def doing(report=QUIET, **chosen):
        case, folder = cases.get("text_analysis"), tmp_path / "profile"
        folder.mkdir(exist_ok=True)
        settings = case.Settings(**{"model": str(text_body), "precision": "fp32", "batch_size": 8, **chosen})
        return case.tasks[0].profile(settings, texts, WorkDirs(folder, tmp_path / "cache"), report)

    return doing


@pytest.mark.parametrize("mode", ["head", "last_blocks", "lora", "full"])
def test_every_way_of_learning_is_measured_and_leaves_nothing_behind(measure, tmp_path, mode):
    result = measure(mode=mode)
    assert json.loads(json.dumps(result)) == result
    pace = CostEstimate(**result["pace"])
    assert all(value >= 0 for value in asdict(pace).values())
    assert pace.build > 0 and pace.prepare > 0 and pace.base_mb > 0 and result["per_second"] > 0
    assert (pace.look > 0) == (mode != "head") and result["views"] == []
    assert sum(pace.seconds(COUNTS, epochs=2, batch_size=8).values()) > 0
    assert not list((tmp_path / "profile").iterdir()) and not list((tmp_path / "cache").glob("**/*.rows"))


def test_memory_is_that_of_the_longest_texts_and_time_that_of_usual_ones(texts, text_body, tmp_path):
    settings = cases.get("text_analysis").Settings(model=str(text_body), mode="full", precision="fp32")
    place = WorkDirs(tmp_path, tmp_path)
    trial = TextProfileInputs(TrainingContext(settings, texts, place, divide(texts, **asked(settings))), text_body)
    assert trial.largest(2).lengths.min() == np.sort(trial.sizes)[-2]
    assert abs(trial.batches(4).lengths - trial.sizes.mean()).max() < trial.sizes.std()


def test_the_body_is_described_for_the_drawing(measure):
    body = BackboneSpec(**measure()["body"])
    assert (body.size, body.width, len(body.blocks)) == (32, 64, 3)
    assert body.blocks[0][1] == 0  # the table of words gets no adapter
    assert body.blocks[1] == body.blocks[2] and body.blocks[1][1] == 4 * (32 + 32) + 2 * (32 + 64)


def test_how_many_texts_are_cut_is_counted_in_the_tokens_of_the_model(measure, texts, text_body):
    tokeniser = tokenizer.load(text_body)
    counted = tokeniser.lengths(texts.samples["text"].tolist())
    assert measure()["cut"] == np.mean([count > tokeniser.most for count in counted])


def test_what_is_kept_already_takes_no_time(measure, learn_texts):
    learn_texts(epochs=1)
    assert measure()["pace"]["prepare"] == 0


def test_a_stop_is_heard(measure):
    class Stopping(NullReporter):
        asked = 0

        def check(self):
            self.asked += 1
            if self.asked > 8:
                raise Stopped

    with pytest.raises(Stopped):
        measure(Stopping(), mode="full")
