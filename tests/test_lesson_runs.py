"""The run of a lesson: it is in no list, trains its arms as they say, and what was predicted outlives it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import made_items
import numpy as np
import pytest
import torch
from made_lessons import LESSONS, PICTURES, WHOLE, begun, finished, kept, performed, read  # noqa: F401  a fixture  # noqa: F401  a fixture
from opened_pages import open_page, said, sound  # noqa: F401  a fixture

import cases
from cases import tasks
from cases.base import WorkDirs
from cases.classification.lesson_arm import HeadArms
from cases.classification.model_inputs import SmallItems
from cases.settings import as_json
from cases.training import config
from models.lessons.data import DataOptions
from models.lessons.epoch import FULL
from models.lessons.heads import HeadOptions
from models.lessons.rankings import RANKINGS
from models.progress import QUIET
from runs import paths
from runs.lessons import curves, experiment, files
from runs.store import lesson_answers, lifecycle, queue, records
from runs.worker.worker import work

LESSON = LESSONS["hidden-layer"]


def test_a_run_of_a_lesson_computes_features_trains_its_arms_and_keeps_what_came(read):  # noqa: F811
    made = begun()
    work(queue.claim_here(made))
    run, lesson = records.run(made, "local"), LESSONS["learning-rate"]
    assert run.status == "done", run.error
    drawn = curves.of(run, lesson.curve)
    assert set(drawn) == {(arm, repetition) for arm in range(3) for repetition in range(3)}
    every = [*range(lesson.arms[0].settings["epochs"] + 1)]
    assert all(epochs == every and len(values) == len(every) for epochs, values in drawn.values())
    assert set(run.result["arms"]) == {arm.id for arm in lesson.arms}
    assert lesson_answers.of_run("local", made).came == int(run.result["came"])
    assert records.run_list("local") == [] and records.run_counts("local") == {}
    lifecycle.discard(made, "local")
    assert lesson_answers.of_run("local", made).predicted == "right"  # what was said outlives the run


def test_a_run_of_a_lesson_that_ranks_reads_interactions_and_texts(zip_of, read_zip, tmp_path, text_body, home):
    tables = dict(zip(("ratings.csv", "books.csv"), made_items.tables(), strict=True))
    read_zip("recommendation", zip_of(tmp_path / "books.zip", tables))
    lesson = LESSONS["cold-start"]
    made = records.create_run("local", "lesson", "recommendation", "books", dataset="d1", edits={},
                              settings={"lesson": lesson.id, "base": {"model": str(text_body)}})  # fmt: skip
    work(queue.claim_here(made))
    run = records.run(made, "local")
    assert run.status == "done", run.error
    assert set(curves.ends(run)) == {(arm, repetition) for arm in range(3) for repetition in range(3)}
    assert run.result["held"] == 19 and set(run.result["arms"]["texts"]) == set(RANKINGS.measures)
    refused = records.create_run("local", "lesson", "recommendation", "books", dataset="d1", edits={},
                                 settings={"lesson": "learning-rate", "base": {}})  # fmt: skip
    work(queue.claim_here(refused))
    assert records.run(refused, "local").error["found"] == "These data do not suit this lesson."


def test_too_few_examples_are_told(pictures, zip_of, read_zip, tmp_path, small_models, home):
    small_models(home)
    read_zip("image_recognition", zip_of(tmp_path / "few.zip", pictures(8)))
    made = begun()
    work(queue.claim_here(made))
    run = records.run(made, "local")
    assert run.status == "failed" and run.error["expected"] == "A lesson needs at least {needed}."


def test_whole_networks_are_trained_as_far_as_each_way_lets_them(read, monkeypatch):  # noqa: F811
    """Of the lesson as it is, with one point and few epochs: a real run of every way, on a tiny network."""
    lesson = LESSONS[WHOLE]
    short = [replace(arm, settings={**arm.settings, "epochs": 2}) for arm in lesson.arms if arm.at == 3]
    ends = [replace(one, above="frozen-3", arms=("scratch-3",)) for one in lesson.effects[:1]]
    monkeypatch.setattr(files, "lessons", lambda: {WHOLE: replace(lesson, arms=tuple(short), effects=tuple(ends))})
    made = begun(WHOLE, predicted="few")
    work(queue.claim_here(made))
    run = records.run(made, "local")
    assert run.status == "done", run.error
    assert run.result["items"] == dict.fromkeys([arm.id for arm in short], 9)  # three of each of three classes
    points = curves.of(run, lesson.curve)
    assert {arm for arm, _repetition in points} == {0, 1, 2, 3}
    for number, arm in enumerate(short):
        assert points[number, 0][1][-1] == run.result["arms"][arm.id]["accuracy"][0]
    again = begun(WHOLE, predicted="few")
    work(queue.claim_here(again))
    assert records.run(again, "local").result["arms"] == run.result["arms"]  # the same start and order


@pytest.fixture
def bodies(pictures, zip_of, read_zip, tmp_path, small_models, home):
    """What lessons train on small pictures of noise."""
    small_models(home)
    dataset = read_zip(PICTURES, zip_of(tmp_path / "noise.zip", pictures(24)))
    case = cases.get(PICTURES)
    task = tasks.of(case, as_json(case.Settings()))
    trainer = task.build(task.Settings(), dataset.without_test(), WorkDirs(tmp_path, paths.cache()), QUIET)
    return trainer.lesson_arms()


@dataclass
class Remembered:
    """Small items that keep the last network they made, and the weights of its body as they began."""

    made: SmallItems

    @property
    def context(self):
        return self.made.context

    def batches(self, rows):
        return self.made.batches(rows)

    def network(self, settings, counts, *, pretrained):
        self.last = self.made.network(settings, counts, pretrained=pretrained)
        self.start = {name: value.clone() for name, value in self.last.body.state_dict().items()}
        return self.last


@pytest.mark.parametrize(("mode", "start"), [("full", "pretrained"), ("lora", "pretrained"), ("full", "scratch")])
def test_pretrained_weights_are_where_fine_tuning_begins_and_random_ones_where_training_from_scratch_does(
    bodies, mode, start
):
    context, small = bodies.small.context, Remembered(bodies.small)
    settings = cases.get(PICTURES).Settings(mode=mode, epochs=1, learning_rate=1e-2)
    arms, seed = HeadArms(bodies.data, small), 5  # not that by which the tiny network was drawn
    list(arms.training(settings, DataOptions(each=4), HeadOptions(body=start), seed).epochs())
    config.close(small.last, settings)
    end = small.last.body.state_dict()
    assert [name for name, value in small.start.items() if not torch.equal(value, end[name])]  # the body has learnt
    pretrained = bodies.small.network(context.settings, context.counts, pretrained=True).body.state_dict()
    weights = {name for name, value in pretrained.items() if value.ndim > 1}
    alike = {name for name in weights if torch.equal(pretrained[name], small.start[name])}
    assert alike == (weights if start == "pretrained" else set())


def taught(arm, data=None, **changed):
    """A training of an arm of the lesson on its sample, and all its epochs."""
    told = replace(arm, settings={**arm.settings, **changed})
    settings = experiment.settings_of(told, cases.get(PICTURES).Settings, 0)
    training = HeadArms(kept(PICTURES)).training(settings, data or arm.data, arm.model, 0)
    return training, [*training.epochs()]


def grid_of(plane):
    """Its places (places, 2), and the probability of class A at each."""
    side = round(len(plane.grid) ** 0.5)
    places = np.stack(np.meshgrid(np.linspace(*plane.x, side), np.linspace(*plane.y, side)), -1).reshape(-1, 2)
    return places, np.array(plane.grid) / FULL


def test_without_a_hidden_layer_the_boundary_in_the_plane_is_straight():
    training, epochs = taught(LESSON.arm("none"))
    places, chances = grid_of(training.plane(epochs))
    assert chances.min() < 0.5 < chances.max()  # there is a boundary
    odds = np.log(chances / (1 - chances))  # of a linear head linear in the place, so that they are 0 along a line
    terms = np.column_stack([places, np.ones(len(places))])
    assert np.abs(terms @ np.linalg.lstsq(terms, odds, rcond=None)[0] - odds).max() < 0.01
    bent, epochs = taught(LESSON.arm("some"))
    chances = np.clip(grid_of(bent.plane(epochs))[1], 0.5 / FULL, 1 - 0.5 / FULL)
    odds = np.log(chances / (1 - chances))
    assert np.abs(terms @ np.linalg.lstsq(terms, odds, rcond=None)[0] - odds).max() > 1


def test_sixteen_hidden_units_get_all_four_corners_of_the_plane_right_and_none_get_three_at_most():
    right = {}
    for name in ("none", "some"):
        training, epochs = taught(LESSON.arm(name))
        plane = training.plane(epochs)
        (left, east), (low, high) = plane.x, plane.y
        assert left < 0 < east and low < 0 < high
        places, chances = grid_of(plane)
        same_sign = places[:, 0] * places[:, 1] > 0  # class A
        corner = np.isin(places[:, 0], plane.x) & np.isin(places[:, 1], plane.y)
        assert corner.sum() == 4
        right[name] = int(np.sum((chances > 0.5)[corner] == same_sign[corner]))
    assert right["some"] == 4 and right["none"] <= 3


def test_the_result_keeps_the_plane_of_every_arm_and_is_small():
    found = performed(replace(LESSON, repetitions=1))
    assert [*found["planes"]] == [arm.id for arm in LESSON.arms]
    assert len(json.dumps(found["planes"])) < 30_000
    for name, plane in json.loads(json.dumps(found["planes"])).items():
        assert len(plane["points"]) == found["held"] <= 200
        wrong = sum(label != predicted for _x, _y, label, predicted in plane["points"])
        assert 1 - wrong / found["held"] == pytest.approx(found["arms"][name]["accuracy"][0])


def drawn(app):
    """The data of every figure of the page, in their order."""
    return [json.loads(one.proto.json) for one in app.get("bidi_component")
            if one.proto.component_name == "casebook_plot"]  # fmt: skip


@pytest.mark.parametrize(("locale", "told"), [("en-GB", "No hidden layer · 1 of 3 wrong"),
                                              ("zh-CN", "无隐藏层 · 错 1/3")])  # fmt: skip
def test_each_arm_has_a_panel_with_its_answers_behind_the_points_and_wrong_ones_marked(open_page, read, locale, told):  # noqa: F811
    run = finished(True, LESSON.id, "both")
    plane = {"x": [-1, 1], "y": [-2, 2], "grid": [1000, 0, 0, 1000],
             "points": [[0.5, 1.0, 0, 0], [-0.5, 1.0, 1, 1], [0.5, -1.0, 1, 0]]}  # fmt: skip
    planes = {arm.id: plane for arm in LESSON.arms}
    queue.beat(run, result={**records.run(run, "local").result, "planes": planes})
    app = open_page("lessons.py", lesson=LESSON.id, run=run, locale=locale)
    _curves, *panels = drawn(app)
    assert len(panels) == 3 and told in said(app)
    for panel in panels:
        ground, first, second = panel["traces"]
        assert ground["z"] == [[1, 0], [0, 1]]
        assert [ground[name] for name in ("x0", "dx", "y0", "dy")] == [-1, 2, -2, 4]
        assert (ground["contours"]["start"], ground["contours"]["end"]) == (0.5, 0.5)
        assert (first["x"], first["y"], first["marker"]["symbol"]) == ([0.5], [1.0], ["circle"])
        assert (second["x"], second["marker"]["symbol"]) == ([-0.5, 0.5], ["diamond", "diamond-x-open"])
