"""What a person finds behind the figure, whichever view they open; the views have files of their own."""

from __future__ import annotations

import numpy as np
import pytest
from evaluation_page import VIEWS, answered, evaluated, said
from opened_pages import framed, sound
from told import given

from runs import paths
from runs.results import predictions
from runs.store import queue, records


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
@pytest.mark.parametrize("see", VIEWS)
def test_every_view_opens_in_both_languages_with_few_widgets(open_run, usual, see, locale):
    app = open_run(usual, locale, see=see)
    assert app.session_state[f"see_{usual}"] == see
    widgets = [e for e in app.main if hasattr(e, "proto") and getattr(e.proto, "id", "")]
    assert len(widgets) < 200


def test_a_run_whose_answers_were_not_kept_still_tells_its_figures(open_run, usual):
    for path in (paths.run(usual) / predictions.FOLDER).iterdir():
        path.unlink()
    app = open_run(usual, see="classes")
    assert given(app, "casebook_hero")["value"] == "75.0%"
    assert ("Macro-F1", "75.0%") in [(m.label, m.value) for m in app.metric]
    assert f"see_{usual}" not in app.session_state


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
