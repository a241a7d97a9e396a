"""A profile on texts or sounds is about what the run then does, and leaves nothing behind but views of sounds."""

from __future__ import annotations

import json
from dataclasses import asdict

import made_sounds
import numpy as np
import pytest
from PIL import Image

import cases
from cases.base import WorkDirs
from cases.splits import asked, divide
from cases.text_analysis.profile import TextProfileInputs
from cases.training.context import TrainingContext
from models.pretrained.registry import BackboneSpec
from models.progress import QUIET, NullReporter, Stopped
from models.text import tokenizer
from models.training.cost_estimate import CostEstimate

COUNTS = {
    "text_analysis": {"train": 168, "validation": 36, "test": 36},
    "speech": {"train": 84, "validation": 18, "test": 18},
}
VIEWS = {"text_analysis": 0, "speech": 18}  # where more than the head learns: three sounds, six views of each
LEARN = {"text_analysis": "learn_texts", "speech": "learn_sounds"}
BOTH = pytest.mark.parametrize("name", COUNTS)


@pytest.fixture
def measure(request, tmp_path):
    """The profile of some settings of a case; `body`: of those that hear."""

    def texts(_body):
        return request.getfixturevalue("text_body"), request.getfixturevalue("texts")

    def sounds(body):
        return request.getfixturevalue("sound_bodies")[body], made_sounds.write(tmp_path / "data", body)

    def doing(name, report=QUIET, body="whisper", **chosen):
        case, folder = cases.get(name), tmp_path / "profile"
        model, data = {"text_analysis": texts, "speech": sounds}[name](body)
        folder.mkdir(exist_ok=True)
        settings = case.Settings(**{"model": str(model), "precision": "fp32", "batch_size": 8, **chosen})
        return case.tasks[0].profile(settings, data, WorkDirs(folder, tmp_path / "cache"), report)

    return doing


@BOTH
@pytest.mark.parametrize("mode", ["head", "last_blocks", "lora", "full"])
def test_every_way_of_learning_is_measured_and_leaves_nothing_but_views_behind(measure, tmp_path, name, mode):
    result = measure(name, mode=mode)
    assert json.loads(json.dumps(result)) == result
    pace = CostEstimate(**result["pace"])
    assert all(value >= 0 for value in asdict(pace).values())
    assert pace.build > 0 and pace.prepare > 0 and pace.base_mb > 0 and result["per_second"] > 0
    assert (pace.look > 0) == (mode != "head")
    assert sum(pace.seconds(COUNTS[name], epochs=2, batch_size=8).values()) > 0
    views = [view for some in result["views"] for view in some]
    assert sorted(path.name for path in (tmp_path / "profile").iterdir()) == sorted(views)
    assert len(views) == (0 if mode == "head" else VIEWS[name])
    assert not list((tmp_path / "cache").glob("**/*.rows"))


@BOTH
def test_what_is_kept_already_takes_no_time(measure, request, name):
    request.getfixturevalue(LEARN[name])(epochs=1)
    assert measure(name)["pace"]["prepare"] == 0


@BOTH
def test_a_stop_is_heard(measure, name):
    class Stopping(NullReporter):
        asked = 0

        def check(self):
            self.asked += 1
            if self.asked > 8:
                raise Stopped

    with pytest.raises(Stopped):
        measure(name, Stopping(), mode="full")


@pytest.mark.parametrize(
    ("name", "body", "size", "width"),
    [("text_analysis", "", 32, 64), ("speech", "whisper", 30, 96), ("speech", "speakers", 30, 24)],
)
def test_the_body_is_described_for_the_drawing(measure, name, body, size, width):
    told = BackboneSpec(**measure(name, body=body)["body"])
    assert (told.size, told.width, len(told.blocks)) == (size, width, 3)


def test_the_table_of_words_gets_no_adapter_and_each_block_the_same(measure):
    blocks = BackboneSpec(**measure("text_analysis")["body"]).blocks
    assert blocks[0][1] == 0
    assert blocks[1] == blocks[2] and blocks[1][1] == 4 * (32 + 32) + 2 * (32 + 64)


def test_memory_is_that_of_the_longest_texts_and_time_that_of_usual_ones(texts, text_body, tmp_path):
    settings = cases.get("text_analysis").Settings(model=str(text_body), mode="full", precision="fp32")
    place = WorkDirs(tmp_path, tmp_path)
    trial = TextProfileInputs(TrainingContext(settings, texts, place, divide(texts, **asked(settings))), text_body)
    assert trial.largest(2).lengths.min() == np.sort(trial.sizes)[-2]
    assert abs(trial.batches(4).lengths - trial.sizes.mean()).max() < trial.sizes.std()


def test_how_many_texts_are_cut_is_counted_in_the_tokens_of_the_model(measure, texts, text_body):
    tokeniser = tokenizer.load(text_body)
    counted = tokeniser.lengths(texts.samples["text"].tolist())
    assert measure("text_analysis")["cut"] == np.mean([count > tokeniser.most for count in counted])


def test_each_view_of_a_sound_is_another_and_the_same_again(measure, tmp_path):
    [views, *_] = measure("speech", mode="full")["views"]
    drawn = [(tmp_path / "profile" / name).read_bytes() for name in views]
    assert len(set(drawn)) == 6
    assert all(Image.open(tmp_path / "profile" / name).size == (320, 80) for name in views)
    measure("speech", mode="full")
    assert drawn == [(tmp_path / "profile" / name).read_bytes() for name in views]


def test_without_augmentation_there_is_one_view_of_a_sound(measure):
    assert [len(some) for some in measure("speech", mode="full", augmentation="none")["views"]] == [1, 1, 1]
