"""A profile on sounds is about what the run then does, shows what training hears, and leaves nothing else behind."""

from __future__ import annotations

import json
from dataclasses import asdict

import made_sounds
import pytest
from PIL import Image

from cases.base import WorkDirs
from cases.speech import CASE
from models.pretrained.registry import BackboneSpec
from models.progress import QUIET, NullReporter, Stopped
from models.training.cost_estimate import CostEstimate

COUNTS = {"train": 84, "validation": 18, "test": 18}


@pytest.fixture
def measure(sound_bodies, tmp_path):
    def doing(report=QUIET, body="whisper", **chosen):
        folder, data = tmp_path / "profile", tmp_path / "data"
        tones = made_sounds.write(data, body)
        folder.mkdir(exist_ok=True)
        settings = CASE.Settings(**{"model": str(sound_bodies[body]), "precision": "fp32", "batch_size": 8, **chosen})
        return CASE.tasks[0].profile(settings, tones, WorkDirs(folder, tmp_path / "cache"), report)

    return doing


@pytest.mark.parametrize("mode", ["head", "last_blocks", "lora", "full"])
def test_every_way_of_learning_is_measured_and_leaves_only_views_behind(measure, tmp_path, mode):
    result = measure(mode=mode)
    assert json.loads(json.dumps(result)) == result
    pace = CostEstimate(**result["pace"])
    assert all(value >= 0 for value in asdict(pace).values())
    assert pace.build > 0 and pace.prepare > 0 and pace.base_mb > 0 and result["per_second"] > 0
    assert (pace.look > 0) == (mode != "head")
    assert sum(pace.seconds(COUNTS, epochs=2, batch_size=8).values()) > 0
    views = [f"{name}" for some in result["views"] for name in some]
    assert sorted(path.name for path in (tmp_path / "profile").iterdir()) == sorted(views)
    assert len(views) == (0 if mode == "head" else 18) and not list((tmp_path / "cache").glob("**/*.rows"))
    for name in views:
        assert Image.open(tmp_path / "profile" / name).size == (320, 80)


def test_each_view_of_a_sound_is_another_and_the_same_again(measure, tmp_path):
    [views, *_] = measure(mode="full")["views"]
    drawn = [(tmp_path / "profile" / name).read_bytes() for name in views]
    assert len(set(drawn)) == 6
    measure(mode="full")
    assert drawn == [(tmp_path / "profile" / name).read_bytes() for name in views]


def test_without_augmentation_there_is_one_view(measure):
    assert [len(some) for some in measure(mode="full", augmentation="none")["views"]] == [1, 1, 1]


@pytest.mark.parametrize(("body", "width", "blocks"), [("whisper", 96, 3), ("speakers", 24, 3)])
def test_the_body_is_described_for_the_drawing(measure, body, width, blocks):
    told = BackboneSpec(**measure(body=body)["body"])
    assert (told.size, told.width, len(told.blocks)) == (30, width, blocks)


def test_what_is_kept_already_takes_no_time(measure, learn_sounds):
    learn_sounds(epochs=1)
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
