"""What a person finds behind the figure, whichever view they open; of classes and of certainty also what they say."""

from __future__ import annotations

import json

import numpy as np
import pytest
from evaluation_page import VIEWS, answered, evaluated, said, starting
from opened_pages import framed, sound
from told import given

from models.evaluation.calibration import bands, reliability
from pages.task_types.classification import calibration
from runs import paths
from runs.results import predictions
from runs.store import queue, records


def test_every_view_opens_in_chinese_too_with_few_widgets(open_run, usual):
    for see in VIEWS:
        app = open_run(usual, "zh-CN", see=see)
        assert app.session_state[f"see_{usual}"] == see
        assert len([e for e in app.main if hasattr(e, "proto") and getattr(e.proto, "id", "")]) < 200


def test_a_run_whose_answers_were_not_kept_still_tells_its_figures(open_run, usual):
    for path in (paths.run(usual) / predictions.FOLDER).iterdir():
        path.unlink()
    app = open_run(usual, see="classes")
    assert given(app, "casebook_hero")["value"] == "75.0%"
    assert ("Macro-F1", "75.0%") in [(m.label, m.value) for m in app.metric]
    assert f"see_{usual}" not in app.session_state
    drawn = given(app, "casebook_plot")["layout"]
    [name] = drawn["annotations"]
    assert (name["text"], name["x"], name["y"]) == ("This model", 0.75, 1)  # above the plot, which ends at 1
    assert [(one["x0"], one["x1"], one["y0"], one["y1"]) for one in drawn["shapes"]] == [
        (0.6, 0.9, 0, 1), (0.75, 0.75, 0, 1)
    ]  # fmt: skip


def test_figures_beyond_the_first_answer_come_with_enough_classes(open_run, dataset, usual):
    assert {"ROC-AUC"} == {m.label for m in open_run(usual).metric} & {"ROC-AUC", "Top-3 accuracy"}
    labels = np.arange(30) % 5
    many = evaluated(answered(("a", "b", "c", "d", "e"), labels, labels, 0.9))
    assert {m.label: m.value for m in open_run(many).metric}["Top-3 accuracy"] == "100.0%"


def test_what_was_looked_at_in_one_run_is_not_looked_at_in_the_next(open_run, usual, dataset):
    labels = np.repeat([0, 1, 2], 10)
    other = evaluated(answered(dataset.classes, labels, labels, 0.9))
    app = open_run(usual, see="classes", cell="0-1")
    app.query_params["run"] = other
    sound(app.run())
    assert "cell" not in app.query_params and "see" not in app.query_params


def test_names_of_classes_are_shown_as_they_are(open_run, dataset):
    name = "**loud** :red[hot] <b>"
    labels = np.arange(30) % 3
    run = evaluated(answered((name, "b", "c"), labels, (labels + 1) % 3, 0.9))
    for see in VIEWS:
        app = open_run(run, see=see, cell="0-1")
        assert not [text for text in said(app) if "**loud" in text or ":red[" in text or "<b>" in text]


def test_the_map_is_asked_for_once_when_it_is_first_opened(open_run, usual):
    for _ in range(2):
        open_run(usual, see="map")
        assert [run.subject for run in records.run_list("local", kind="map")] == [usual]


def test_on_the_map_a_drag_zooms_until_it_is_told_to_select(open_run, usual):
    predictions.keep_map(usual, np.arange(30), np.random.default_rng(0).random((30, 2)))
    app = open_run(usual, see="map")
    [ways] = [one for one in app.button_group if one.key == f"map_drag_{usual}"]
    assert [one.content for one in ways.proto.options] == ["Zoom", "Select in a box", "Select by lasso"]
    for way, drag in (("zoom", "zoom"), ("lasso", "lasso")):
        app = sound(app.button_group(key=f"map_drag_{usual}").set_value(way).run())
        assert [json.loads(e.proto.json)["drag"] for e in app.get("bidi_component")
                if e.proto.component_name == "casebook_plot" and f"map_{usual}" in e.proto.id] == [drag]  # fmt: skip


BROKEN = {
    "found": "An internal error occurred ({cause}).",
    "expected": "The model, its metrics and its bundle are not affected.",
    "remedy": "Try again. The administrator can find details in the log.",
    "args": {"cause": "ValueError: Found array with 0 sample(s)"},
}


@pytest.mark.parametrize(
    ("locale", "told", "why"),
    [("en-GB", "The labels to review could not be computed.", BROKEN["expected"]),
     ("zh-CN", "待复核标签计算失败。", "模型、指标和模型包均不受影响。")],
)  # fmt: skip
def test_a_part_that_failed_says_why_and_is_tried_again_alone(open_run, dataset, locale, told, why):
    labels = np.arange(30) % 3
    parts = {"labels": BROKEN, "second_model": BROKEN}
    run = evaluated(answered(dataset.classes, labels, labels, 0.9), counted={"failed_parts": parts})
    app = open_run(run, locale)
    assert [button.key for button in app.button if "part_" in button.key] == [f"part_second_model_{run}"]
    app = open_run(run, locale, see="labels")
    assert told in said(app) and any(why in warning.value for warning in app.warning)
    assert f"labels_{run}" not in app.session_state  # the view itself is not drawn
    app = sound(app.button(key=f"part_labels_{run}").click().run())
    [work] = records.run_list("local", kind="part")
    assert (work.subject, work.settings) == (run, {"part": "labels"})
    shown = {button.key for button in app.button}
    assert {f"stop_{work.id}", f"part_second_model_{run}"} <= shown and f"part_labels_{run}" not in shown


def test_a_view_that_cannot_be_drawn_leaves_the_others_and_the_result(open_run, usual, monkeypatch):
    def fails(_viewed):
        raise RuntimeError("no calibration")

    monkeypatch.setattr("pages.task_types.classification.calibration.show", fails)
    app = framed("en-GB")
    app.query_params.update(run=usual, see="certainty")
    app.run()
    app.query_params.update(run=usual, see="certainty")
    app.switch_page("image_recognition.py").run()
    assert len(app.error) == 1 and given(app, "casebook_hero")["value"] == "75.0%"
    assert open_run(usual, see="classes").session_state[f"see_{usual}"] == "classes"


def test_a_map_that_failed_says_why_and_is_drawn_again_by_a_button(open_run, usual):
    open_run(usual, see="map")
    [work] = records.run_list("local", kind="map")
    queue.claim_here(work.id)
    queue.end(work.id, "failed", error=BROKEN)
    app = open_run(usual, see="map")
    assert any(BROKEN["remedy"] in warning.value for warning in app.warning)
    sound(app.button(key=f"map_{usual}_again").click().run())
    assert len(records.run_list("local", kind="map")) == 2


# The classes: cells of the confusion matrix and their items, of many classes the most confused.


def test_a_cell_shows_its_items_and_says_what_it_is(open_run, usual, dataset):
    a, b = dataset.classes[:2]
    app = open_run(usual, see="classes", cell="0-1")
    assert starting(app, f"**“{a}”, predicted as “{b}”** · 3")
    assert (app.session_state[f"cell_label_{usual}"], app.session_state[f"cell_said_{usual}"]) == (0, 1)
    assert starting(open_run(usual, see="classes", cell="2-"), f"**Labelled “{dataset.classes[2]}”** · 10")
    assert starting(open_run(usual, see="classes", cell="-1"), f"**Predicted as “{b}”** · ")
    app = open_run(usual, see="classes", cell="7-x")
    assert not starting(app, "**Labelled", "**Predicted", "**“")
    sound(app.selectbox(key=f"cell_label_{usual}").select(2).run())
    assert app.query_params["cell"] == "2-"


def test_three_hundred_classes_begin_with_those_that_are_confused_most(open_run, dataset):
    names = tuple(f"kind {n:03}" for n in range(300))
    labels = np.arange(900) % 300
    wrong = np.where(np.isin(labels, [7, 8]), 9, labels)
    run = evaluated(answered(names, labels, wrong, 0.9))
    app = open_run(run, see="classes")
    [chosen] = [m for m in app.multiselect if m.key == f"matrix_of_{run}"]
    assert chosen.placeholder == "The 25 most confused; choose others here"
    assert not crowded(app)
    assert starting(app, "275 other classes are not shown: choose them above. Predictions as these are not counted")
    assert starting(app, "**Metrics by class (300)**")
    app = sound(app.segmented_control(key=f"matrix_as_{run}").set_value("share").run())
    assert not crowded(app)
    [chosen] = [m for m in app.multiselect if m.key == f"matrix_of_{run}"]
    for many in (8, 20, 40):
        app = sound(chosen.set_value(list(range(many))).run())
        [chosen] = [m for m in app.multiselect if m.key == f"matrix_of_{run}"]
        assert not crowded(app)
    assert len(app.dataframe[-1].value) == 300


def crowded(app):
    """Whether names or numbers of the confusion matrix overlap where it is as narrow as it gets."""
    given = [json.loads(e.proto.json) for e in app.get("bidi_component") if e.proto.component_name == "casebook_plot"]
    [figure] = [one for one in given if one["traces"][0]["type"] == "heatmap"]
    [trace], axis = figure["traces"], figure["layout"]["xaxis"]
    cell = (figure["least_width"] - 120 - figure["layout"]["margin"]["r"] + 8) / len(axis["ticktext"])
    size = axis.get("tickfont", {"size": 13})["size"]
    names = size * {-90: 1.2, -60: 1.4, 0: 0}[axis["tickangle"]]
    longest = max((len(text) for row in trace.get("text", []) for text in row), default=0)
    return cell < max(names, 0.55 * trace.get("textfont", {"size": 13})["size"] * longest)


# Certainty: how calibrated a model is said to be.


@pytest.mark.parametrize(("right", "told"), [
    # {mean confidence of a bin: (test examples, correct ones)}
    ({0.95: (40, 38), 0.55: (40, 22)}, "**Well calibrated**:"),
    ({0.95: (40, 38), 0.55: (4, 1)}, "**Well calibrated on average**:"),
    ({0.95: (40, 30), 0.55: (40, 30)}, "**Well calibrated on average only**:"),
    ({0.95: (40, 38), 0.75: (4, 3), 0.55: (4, 2)},
     "**Too few test examples** to judge most confidence ranges (2 of 3)."),
    ({0.95: (16, 15)}, "**Too few test examples** to judge the calibration: mean confidence 95.0%, accuracy 93.8%."),
    ({0.7: (10, 6)}, "**No clear miscalibration**:"),
    ({0.7: (1000, 600)}, "**Over-confident** by 10.0 points"),
])  # fmt: skip
def test_how_calibrated_a_model_is_said_to_be_is_what_its_bins_bear(right, told):
    sure = np.concatenate([np.full(n, confidence) for confidence, (n, _) in right.items()])
    found = np.concatenate([np.arange(n) < correct for n, correct in right.values()])
    assert calibration.words(reliability(sure, found)).startswith(told)
    if told == "**Well calibrated on average**:":
        assert "fewer than 30 test examples, too few to judge: 1 of 2." in calibration.words(reliability(sure, found))


def test_a_range_of_confidence_with_fewer_than_thirty_examples_is_told_with_its_neighbours_or_not_at_all():
    sure = np.concatenate([np.full(40, 0.95), np.full(29, 0.85), np.full(1, 0.75), np.full(29, 0.35)])
    right = np.arange(99) % 10 > 0
    assert bands(sure, right) == [
        (0.9, 1.0, 36 / 40, 40), (0.7, 0.9, 27 / 30, 30), (0.0, 0.7, None, 29),
    ]  # fmt: skip
    assert bands(sure[:0], right[:0]) == []
