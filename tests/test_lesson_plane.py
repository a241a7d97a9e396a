"""Where items are points of a plane, a lesson keeps and draws what each of its heads answers all over it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from made_lessons import LESSONS, PICTURES, finished, kept, performed, read  # noqa: F401  a fixture
from opened_pages import open_page, said, sound  # noqa: F401  a fixture

import cases
from cases.classification.lesson_arm import HeadArms
from models.lessons.data import DataOptions
from models.lessons.epoch import FULL
from runs.lessons import experiment
from runs.store import queue, records

LESSON = LESSONS["hidden-layer"]


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


def share_right(plane):
    return np.mean([label == predicted for _x, _y, label, predicted in plane.points])


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


def test_the_plane_is_that_of_the_epoch_whose_weights_count():
    training, epochs = taught(LESSON.arm("many"), patience=2, learning_rate=0.3)
    counts = min(epochs, key=lambda one: one.loss)
    assert counts is not epochs[-1] and training.plane(epochs) is counts.plane
    assert share_right(counts.plane) == pytest.approx(training.measured(epochs)["accuracy"])


def test_features_of_a_network_are_no_points_of_a_plane():
    training, epochs = taught(LESSON.arm("none"), DataOptions())
    assert training.plane(epochs) is None
    assert "plane" not in epochs[-1].as_json()


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


def test_a_run_from_before_planes_were_kept_is_drawn_as_it_was(open_page, read):  # noqa: F811
    app = open_page("lessons.py", lesson=LESSON.id, run=finished(True, LESSON.id, "both"))
    assert len(drawn(app)) == 1 and not any("across the plane" in text for text in said(app))
