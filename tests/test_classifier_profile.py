"""A profile is about what the run then does, and leaves nothing behind but views: of texts, of sounds, of lists."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache

import made_items
import made_sounds
import made_texts
import numpy as np
import pytest
from PIL import Image

import cases
from cases.base import WorkDirs
from cases.dataset import Dataset
from cases.recommendation import CASE
from cases.speech.profile import AudioProfileInputs
from cases.splits import asked, divide
from cases.text_analysis.profile import TextProfileInputs
from cases.training.context import TrainingContext
from models.progress import QUIET
from models.text import tokenizer
from models.training.cost_estimate import CostEstimate

COUNTS = {
    "text_analysis": {"train": 168, "validation": 36, "test": 36},
    "speech": {"train": 84, "validation": 18, "test": 18},
}
VIEWS = {"text_analysis": 0, "speech": 18}  # where more than the head learns: three sounds, six views of each


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


@pytest.fixture(scope="module")
def measured(measuring, tmp_path_factory):
    """The profile of a way of learning, done once, and the folder in which that was."""

    @cache
    def once(name, mode, body):
        place = tmp_path_factory.mktemp("measured")
        return measuring(place, name, body=body, mode=mode), place

    return lambda name, mode="head", body="whisper": once(name, mode, body)


@pytest.mark.parametrize(
    ("name", "mode"), [("text_analysis", "head"), ("text_analysis", "lora"), ("speech", "head"), ("speech", "full")]
)
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


def trial(inputs, dataset, folder, body, **chosen):
    settings = cases.get(dataset.case).Settings(model=str(body), mode="full", precision="fp32", **chosen)
    return inputs(
        TrainingContext(settings, dataset, WorkDirs(folder, folder), divide(dataset, **asked(settings))), body
    )


def test_memory_is_that_of_the_longest_texts_and_time_that_of_usual_ones(texts, text_body, tmp_path):
    some = trial(TextProfileInputs, texts, tmp_path, text_body)
    assert some.largest(2).lengths.min() == np.sort(some.sizes)[-2]
    assert abs(some.batches(4).lengths - some.sizes.mean()).max() < some.sizes.std()


def test_how_many_texts_are_cut_is_counted_in_the_tokens_of_the_model(measured, texts, text_body):
    tokeniser = tokenizer.load(text_body)
    counted = tokeniser.lengths(texts.samples["text"].tolist())
    assert measured("text_analysis")[0]["cut"] == np.mean([count > tokeniser.most for count in counted])


def test_each_view_of_a_sound_is_another_and_the_same_again(measured, sound_bodies, tmp_path):
    result, place = measured("speech", "full")
    views, body = result["views"], sound_bodies["whisper"]
    drawn = [(place / "profile" / name).read_bytes() for name in views[0]]
    assert len(set(drawn)) == 6
    assert all(Image.open(place / "profile" / name).size == (320, 80) for name in views[0])
    dataset = Dataset.open(place / "data")
    assert trial(AudioProfileInputs, dataset, tmp_path, body, batch_size=8).views() == views
    assert drawn == [(tmp_path / name).read_bytes() for name in views[0]]
    plain = trial(AudioProfileInputs, dataset, tmp_path, body, augmentation="none").views()
    assert [len(some) for some in plain] == [1, 1, 1]


def test_everything_that_a_run_does_is_measured(text_body, tmp_path):
    books, folder = made_items.write(tmp_path / "books"), tmp_path / "profile"
    folder.mkdir()
    settings = CASE.Settings(**{**made_items.QUICK, "model": str(text_body), "network": "automatic"})
    result = CASE.tasks[0].profile(settings, books, WorkDirs(folder, tmp_path / "cache"), QUIET)
    pace = CostEstimate(**result["pace"])
    assert all(value >= 0 for value in vars(pace).values()) and json.loads(json.dumps(result)) == result
    assert min(pace.choose, pace.item + pace.step, pace.evaluate, pace.pack, pace.packed) > 0
    assert pace.tried > 1 and not list(folder.iterdir())
