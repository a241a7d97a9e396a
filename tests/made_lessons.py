"""Lessons to test with: the features that are kept of the samples, and runs of lessons as a reader leaves them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from conftest import ROOT
from opened_pages import open_page, said, sound  # noqa: F401  a fixture

import cases
from cases.base import WorkDirs
from cases.classification.lesson_arm import HeadArms
from cases.recommendation import reader, sample
from cases.recommendation.context import prepare
from cases.recommendation.lesson_arm import RankingArms
from cases.recommendation.lesson_data import RankingData
from cases.recommendation.settings import Settings as RankerSettings
from models.lessons.data import FeatureData
from models.lessons.heads import HEADS
from models.lessons.rankings import RANKINGS
from models.progress import QUIET
from runs.lessons import curves, experiment, files
from runs.store import lesson_answers, metric_rows, queue, records

PICTURES = "image_recognition"
LESSONS = files.lessons()
SHORT = [lesson for lesson in LESSONS.values() if not lesson.minutes]  # the effects of others: benchmarks/lessons.py
WHOLE = "pretraining"  # the lesson that trains whole networks
SAMPLES = {  # case → features of its sample that are kept
    "image_recognition": "places", "text_analysis": "reviews", "speech": "commands",
}  # fmt: skip


def kept(case):
    """What the packaged network made of the sample of a case, in 8 bits a number: all but the test part."""
    with np.load(ROOT / "tests/lesson_features" / f"{SAMPLES[case]}.npz") as file:
        features = file["features"] * file["scale"]
        labels, together = file["labels"].astype(np.int64), file["together"]
        hand = file["by_hand"] * file["by_hand_scale"] if "by_hand" in file else None
        return FeatureData(features, labels, int(file["classes"]), np.arange(len(labels)), together, hand)


@cache
def films():
    """The sample of recommendation without its test part, with what the packaged language model made of its texts, in
    8 bits a number. The ratings may not be passed on, so they are read from the package that carries them."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        dataset = reader.read([sample.films(place)], place, "0123456789abcdef", QUIET).without_test()
        context = prepare(RankerSettings(network="towers", begin="nothing"), dataset, WorkDirs(place, place), QUIET)
    with np.load(ROOT / "tests/lesson_features/films.npz") as file:
        text = (file["text"] * file["scale"]).astype(np.float32)
    known = context.division.of("train", "validation")
    return RankingArms(RankingData(known.of_each, known.items, ordered=True, text=lambda: text))


ARMS = {HEADS: lambda lesson, changed: HeadArms(FeatureData(**{**vars(kept(lesson.sample)), **changed})),
        RANKINGS: lambda _lesson, _changed: films()}  # fmt: skip


def performed(lesson, **changed):
    arms = ARMS[lesson.kind](lesson, changed)
    return experiment.perform(lesson, cases.get(lesson.sample).Settings, arms, lambda *_told: None)


@pytest.fixture
def read(pictures, zip_of, read_zip, tmp_path, small_models, home):
    small_models(home)
    return read_zip("image_recognition", zip_of(tmp_path / "noise.zip", pictures(24)))


def begun(lesson="learning-rate", owner="local", dataset="d1", predicted="right"):
    made = records.create_run(owner, "lesson", "image_recognition", "noise", dataset=dataset, edits={},
                              settings={"lesson": lesson, "base": {}})  # fmt: skip
    lesson_answers.predict(owner, made, lesson, "noise", predicted)
    return made


def finished(came, lesson="learning-rate", predicted="right"):
    """A run of a lesson that is over, with curves of one epoch."""
    made, known = begun(lesson, predicted=predicted), LESSONS[lesson]
    queue.claim_here(made)
    rows = [{"run": made, "split": curves.split(arm, 0), "step": step, "written": 10 * arm + step,
             "values": {"epoch": step, **dict.fromkeys([known.curve, *known.measures], 1.0 - 0.1 * step)}}
            for arm in range(len(known.arms)) for step in range(3)]  # fmt: skip
    metric_rows.add(rows)
    values = {arm.id: {name: [0.5, 0.6, 0.7] for name in known.kind.measures} for arm in known.arms}
    effects = [{"measure": one.measure, "met": came, "opposite": False, "high": 0.9, "low": 0.4,
                "arms": [one.above, one.arms[0]] if one.above else list(one.arms[:2])}
               for one in known.effects]  # fmt: skip
    result = {"lesson": lesson, "arms": values, "items": dict.fromkeys(values, 60), "held": 40, "effects": effects,
              "came": came}  # fmt: skip
    lesson_answers.note("local", made, came=came)
    queue.end(made, "done", result=result)
    return made
