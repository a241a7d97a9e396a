"""A profile on texts or sounds is about what the run then does, and leaves nothing behind but views of sounds."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache, partial

import made_sounds
import made_texts
import numpy as np
import pytest
from PIL import Image

import cases
from cases.base import WorkDirs
from cases.dataset import Dataset
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


@pytest.fixture(scope="module")
def measuring(text_body, sound_bodies):
    """The profile of some settings of a case on small data below a folder; `body`: of those that hear."""
    bodies = {"text_analysis": lambda _body: text_body, "speech": sound_bodies.__getitem__}
    data = {"text_analysis": lambda place, _body: made_texts.write(place), "speech": made_sounds.write}

    def doing(place, name, report=QUIET, body="whisper", **chosen):
        case, folder, at = cases.get(name), place / "profile", place / "data"
        folder.mkdir(exist_ok=True)
        dataset = data[name](at, body) if not at.exists() else Dataset.open(at)
        usual = {"model": str(bodies[name](body)), "precision": "fp32", "batch_size": 8}
        settings = case.Settings(**{**usual, **chosen})
        return case.tasks[0].profile(settings, dataset, WorkDirs(folder, place / "cache"), report)

    return doing


@pytest.fixture
def measure(measuring, tmp_path):
    return partial(measuring, tmp_path)


@pytest.fixture(scope="module")
def measured(measuring, tmp_path_factory):
    """The profile of a way of learning, done once, and the folder in which that was."""

    @cache
    def once(name, mode, body):
        place = tmp_path_factory.mktemp("measured")
        return measuring(place, name, body=body, mode=mode), place

    return lambda name, mode="head", body="whisper": once(name, mode, body)


@BOTH
@pytest.mark.parametrize("mode", ["head", "last_blocks", "lora", "full"])
def test_every_way_of_learning_is_measured_and_leaves_nothing_but_views_behind(measured, name, mode):
    result, place = measured(name, mode)
    assert json.loads(json.dumps(result)) == result
    pace = CostEstimate(**result["pace"])
    assert all(value >= 0 for value in asdict(pace).values())
    assert pace.build > 0 and pace.prepare > 0 and pace.base_mb > 0 and result["per_second"] > 0
    assert (pace.look > 0) == (mode != "head")
    assert sum(pace.seconds(COUNTS[name], epochs=2, batch_size=8).values()) > 0
    views = [view for some in result["views"] for view in some]
    assert sorted(path.name for path in (place / "profile").iterdir()) == sorted(views)
    assert len(views) == (0 if mode == "head" else VIEWS[name])
    assert not list((place / "cache").glob("**/*.rows"))


@BOTH
def test_what_is_kept_already_takes_no_time(measure, request, name):
    request.getfixturevalue(LEARN[name])(epochs=1)  # in the same folder
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
    [("text_analysis", "whisper", 32, 64), ("speech", "whisper", 30, 96), ("speech", "speakers", 30, 24)],
)
def test_the_body_is_described_for_the_drawing(measured, name, body, size, width):
    told = BackboneSpec(**measured(name, body=body)[0]["body"])
    assert (told.size, told.width, len(told.blocks)) == (size, width, 3)


def test_the_table_of_words_gets_no_adapter_and_each_block_the_same(measured):
    blocks = BackboneSpec(**measured("text_analysis")[0]["body"]).blocks
    assert blocks[0][1] == 0
    assert blocks[1] == blocks[2] and blocks[1][1] == 4 * (32 + 32) + 2 * (32 + 64)


def test_memory_is_that_of_the_longest_texts_and_time_that_of_usual_ones(texts, text_body, tmp_path):
    settings = cases.get("text_analysis").Settings(model=str(text_body), mode="full", precision="fp32")
    place = WorkDirs(tmp_path, tmp_path)
    trial = TextProfileInputs(TrainingContext(settings, texts, place, divide(texts, **asked(settings))), text_body)
    assert trial.largest(2).lengths.min() == np.sort(trial.sizes)[-2]
    assert abs(trial.batches(4).lengths - trial.sizes.mean()).max() < trial.sizes.std()


def test_how_many_texts_are_cut_is_counted_in_the_tokens_of_the_model(measured, texts, text_body):
    tokeniser = tokenizer.load(text_body)
    counted = tokeniser.lengths(texts.samples["text"].tolist())
    assert measured("text_analysis")[0]["cut"] == np.mean([count > tokeniser.most for count in counted])


def test_each_view_of_a_sound_is_another_and_the_same_again(measured, measure, tmp_path):
    result, place = measured("speech", "full")
    views = result["views"][0]
    drawn = [(place / "profile" / name).read_bytes() for name in views]
    assert len(set(drawn)) == 6
    assert all(Image.open(place / "profile" / name).size == (320, 80) for name in views)
    measure("speech", mode="full")
    assert drawn == [(tmp_path / "profile" / name).read_bytes() for name in views]


def test_without_augmentation_there_is_one_view_of_a_sound(measure):
    assert [len(some) for some in measure("speech", mode="full", augmentation="none")["views"]] == [1, 1, 1]
