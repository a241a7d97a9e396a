"""A rehearsal on sounds is about what the run then does, shows what training hears, and leaves nothing else behind."""

from __future__ import annotations

import json
from dataclasses import asdict

import made_sounds
import pytest
from PIL import Image

from cases.base import Place
from cases.speech import CASE
from models.pace import Pace
from models.pretrained import Body
from models.report import QUIET, Quiet, Stopped

COUNTS = {"train": 84, "validation": 18, "test": 18}


@pytest.fixture
def rehearse(sound_bodies, tmp_path):
    def doing(report=QUIET, body="whisper", **chosen):
        folder, data = tmp_path / "rehearsal", tmp_path / "data"
        tones = made_sounds.write(data, body)
        folder.mkdir(exist_ok=True)
        settings = CASE.Settings(**{"model": str(sound_bodies[body]), "precision": "fp32", "batch_size": 8, **chosen})
        return CASE.rehearse(settings, tones, Place(folder, tmp_path / "cache"), report)

    return doing


@pytest.mark.parametrize("mode", ["head", "last_blocks", "lora", "full"])
def test_every_way_of_learning_is_measured_and_leaves_only_views_behind(rehearse, tmp_path, mode):
    result = rehearse(mode=mode)
    assert json.loads(json.dumps(result)) == result
    pace = Pace(**result["pace"])
    assert all(value >= 0 for value in asdict(pace).values())
    assert pace.build > 0 and pace.prepare > 0 and pace.base_mb > 0 and result["per_second"] > 0
    assert (pace.look > 0) == (mode != "head")
    assert sum(pace.seconds(COUNTS, epochs=2, batch_size=8).values()) > 0
    views = [f"{name}" for some in result["views"] for name in some]
    assert sorted(path.name for path in (tmp_path / "rehearsal").iterdir()) == sorted(views)
    assert len(views) == (0 if mode == "head" else 18) and not list((tmp_path / "cache").glob("**/*.rows"))
    for name in views:
        assert Image.open(tmp_path / "rehearsal" / name).size == (320, 80)


def test_each_view_of_a_sound_is_another_and_the_same_again(rehearse, tmp_path):
    [views, *_] = rehearse(mode="full")["views"]
    drawn = [(tmp_path / "rehearsal" / name).read_bytes() for name in views]
    assert len(set(drawn)) == 6
    rehearse(mode="full")
    assert drawn == [(tmp_path / "rehearsal" / name).read_bytes() for name in views]


def test_without_augmentation_there_is_one_view(rehearse):
    assert [len(some) for some in rehearse(mode="full", augmentation="none")["views"]] == [1, 1, 1]


@pytest.mark.parametrize(("body", "width", "blocks"), [("whisper", 96, 3), ("speakers", 24, 3)])
def test_the_body_is_described_for_the_drawing(rehearse, body, width, blocks):
    told = Body(**rehearse(body=body)["body"])
    assert (told.size, told.width, len(told.blocks)) == (30, width, blocks)


def test_what_is_kept_already_takes_no_time(rehearse, learn_sounds):
    learn_sounds(epochs=1)
    assert rehearse()["pace"]["prepare"] == 0


def test_a_stop_is_heard(rehearse):
    class Stopping(Quiet):
        asked = 0

        def check(self):
            self.asked += 1
            if self.asked > 8:
                raise Stopped

    with pytest.raises(Stopped):
        rehearse(Stopping(), mode="full")
