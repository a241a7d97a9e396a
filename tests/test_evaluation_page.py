"""What a person finds behind the figure: classes, mistakes, certainty, the map, and what another run did."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import reported
from conftest import ROOT
from streamlit.testing.v1 import AppTest
from told import given

import cases
from cases.settings import as_json
from models.evaluation import metrics
from models.evaluation.calibration import reliability
from models.evaluation.predictions import Predictions
from pages.task_types import figures
from pages.task_types.classification import calibration, threshold
from runs import paths
from runs.language import say
from runs.results import predictions
from runs.store import edits, queue, records, shares

FIGURE = {"value": 0.75, "low": 0.6, "high": 0.9}
BOTH = {"accuracy": FIGURE, "macro_f1": FIGURE}
VIEWS = ("overview", "classes", "mistakes", "labels", "certainty")


@pytest.fixture
def dataset(pictures, zip_of, read_zip, tmp_path):
    return read_zip("image_recognition", zip_of(tmp_path / "noise.zip", pictures(10)))


def answered(classes, labels, said, sure, parts="test"):
    """An outcome in which the model called each item `said`, `sure` of it."""
    shares = np.full((len(labels), len(classes)), (1 - sure) / (len(classes) - 1))
    shares[np.arange(len(labels)), said] = sure
    items = pd.DataFrame({"id": np.arange(len(labels)), "part": parts, "label": labels})
    return Predictions(tuple(classes), items, shares, np.eye(len(classes), 12)[labels] + np.arange(12) / 100)


def evaluated(outcome, changed=None, counted=None, **settings):
    """The id of a run that is done, with these answers; `counted`: what its result says besides."""
    chosen = as_json(cases.get("image_recognition").Settings(**settings))
    run = records.create_run(
        "local", "fine_tune", "image_recognition", "noise", dataset="d1", settings=chosen, edits=changed or {}
    )
    outcome.save(paths.run(run) / predictions.FOLDER)
    queue.claim_here(run)
    queue.end(run, "done", result={
        "test": BOTH, "references": {"majority": BOTH, "frozen_features": BOTH}, "peak_memory_mb": 512.0,
        "data": {"train": 1, "validation": 1, "test": 30, "set_aside": 0}, "seconds": {"train": 1.0},
        "model": chosen["model"], "settings": chosen, "bundle": "bundle.zip", **(counted or {}),
    })  # fmt: skip
    return run


@pytest.fixture
def usual(dataset):
    """A run on thirty pictures of three classes, eight of them taken for the next class."""
    labels = np.repeat([0, 1, 2], 10)
    said = np.where(np.arange(30) % 4, labels, (labels + 1) % 3)
    return evaluated(answered(dataset.classes, labels, said, 0.9))


@pytest.fixture
def open_run():
    def opening(run, locale="en-GB", **address):
        app = AppTest.from_file(str(ROOT / "pages/frame.py"), default_timeout=60)
        app.context = {"locale": locale, "timezone": "Europe/London"}
        app.run()
        app.query_params.update({"run": run, **address})
        return sound(app.switch_page("image_recognition.py").run())

    return opening


def sound(app):
    assert not app.exception
    assert not [error.value for error in app.error if "our fault" in error.value]
    return app


def said(app):
    return [element.value for kind in ("markdown", "caption") for element in app.get(kind)]


def starting(app, *beginnings):
    return [text for text in said(app) if text.startswith(beginnings)]


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
@pytest.mark.parametrize("see", VIEWS)
def test_every_view_opens_in_both_languages_with_few_widgets(open_run, usual, see, locale):
    app = open_run(usual, locale, see=see)
    assert app.session_state[f"see_{usual}"] == see
    widgets = [e for e in app.main if hasattr(e, "proto") and getattr(e.proto, "id", "")]
    assert len(widgets) < 200


def test_an_unknown_view_is_the_overview(open_run, usual):
    assert open_run(usual, see="chess").session_state[f"see_{usual}"] == "overview"


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


def test_a_cell_shows_its_items_and_says_what_it_is(open_run, usual, dataset):
    a, b = dataset.classes[:2]
    app = open_run(usual, see="classes", cell="0-1")
    assert starting(app, f"**“{a}”, predicted as “{b}”** · 3")
    assert (app.session_state[f"cell_label_{usual}"], app.session_state[f"cell_said_{usual}"]) == (0, 1)
    assert starting(open_run(usual, see="classes", cell="2-"), f"**Labelled “{dataset.classes[2]}”** · 10")
    assert starting(open_run(usual, see="classes", cell="-1"), f"**Predicted as “{b}”** · ")
    assert not starting(open_run(usual, see="classes", cell="7-x"), "**Labelled", "**Predicted", "**“")


def test_the_fields_change_the_cell_in_the_address(open_run, usual):
    app = open_run(usual, see="classes")
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
    app = sound(app.segmented_control(key=f"matrix_as_{run}").set_value("share").run())
    assert not crowded(app)
    [chosen] = [m for m in app.multiselect if m.key == f"matrix_of_{run}"]
    for many in (8, 14, 20, 40):
        app = sound(chosen.set_value(list(range(many))).run())
        [chosen] = [m for m in app.multiselect if m.key == f"matrix_of_{run}"]
        assert not crowded(app)
    assert len(app.dataframe[-1].value) == 300


def test_long_names_stay_apart_when_they_are_cut():
    names = [f"German short-haired {kind}" for kind in ("pointer", "terrier", "pinscher", "wolfhound")]
    cut = [figures.short(name) for name in names]
    assert len(set(cut)) == 4 and max(map(len, cut)) <= 18 and all(one.startswith("German") for one in cut)
    assert figures.short("a name that fits") == "a name that fits"


def crowded(app):
    """Whether names or numbers of the confusion matrix overlap where it is as narrow as it gets."""
    given = [json.loads(e.proto.json) for e in app.get("bidi_component") if e.proto.component_name == "casebook_plot"]
    [figure] = [one for one in given if one["traces"][0]["type"] == "heatmap"]
    [trace], axis = figure["traces"], figure["layout"]["xaxis"]
    cell = (figure["least_width"] - 120) / len(axis["ticktext"])
    size = axis.get("tickfont", {"size": 13})["size"]
    names = size * {-90: 1.2, -60: 1.4, 0: 0}[axis["tickangle"]]
    longest = max((len(text) for row in trace.get("text", []) for text in row), default=0)
    return cell < max(names, 0.55 * trace.get("textfont", {"size": 13})["size"] * longest)


def test_a_label_that_was_learnt_is_judged_by_a_probe_that_did_not_learn_it(open_run, dataset):
    labels = np.repeat([0, 1, 2], 10)
    by_probe, parts = labels.copy(), np.where(np.arange(30) % 2 == 0, "test", "train")
    by_probe[25] = 0
    judged = answered(dataset.classes, labels, by_probe, 0.9, parts).of("train")
    run = evaluated(replace(answered(dataset.classes, labels, labels, 0.9, parts), out_of_fold=judged))
    app = open_run(run, see="mistakes", item="25")
    names = dataset.classes
    assert any(f"Out-of-fold prediction: {names[0]} 90.0%" in text for text in said(app))
    edit = app.button(key=f"closer_{run}_25_take")
    assert (edit.label, edit.proto.type) == (f"Change label to “{names[0]}”", "secondary")
    sound(edit.click().run())
    assert edits.current("local", "d1") == {25: names[0]}


def test_a_test_label_is_changed_on_second_thought_and_never_by_the_highlighted_button(open_run, usual, dataset):
    app = open_run(usual, see="mistakes", item="0")
    highlighted = [button.label for button in app.button if button.proto.type == "primary"]
    assert not [label for label in highlighted if "label" in label.lower()]
    ours = [button for button in app.button if (button.key or "").startswith(f"closer_{usual}_0_")]
    assert ours[0].label == "Exclude"
    assert ours[-1].key.endswith("_take") and ours[-1].proto.type == "tertiary"
    sound(app.button(key=f"closer_{usual}_0_take").click().run())
    assert edits.current("local", "d1") == {}
    assert starting(app, "**This is a test example.**")
    sound(app.button(key=f"closer_{usual}_0_cancel").click().run())
    assert not starting(app, "**This is a test example.**") and edits.current("local", "d1") == {}
    sound(app.button(key=f"closer_{usual}_0_out").click().run())
    sound(app.button(key=f"closer_{usual}_0_sure").click().run())
    assert edits.current("local", "d1") == {0: None}


def test_a_result_says_that_test_labels_were_changed_before_it_was_measured(open_run, usual, dataset):
    outcome = answered(dataset.classes, np.repeat([0, 1, 2], 10), np.repeat([0, 1, 2], 10), 0.9)
    run = evaluated(outcome, {"0": dataset.classes[1], "1": dataset.classes[0]}, counted={
        "edits": {"test": {"relabelled": 2, "left_out": 1}}, "as_read": {"accuracy": 0.7},
    })  # fmt: skip
    assert any("Measured after 2 test labels were changed, 1 test example was excluded. With the original labels: "
               "Accuracy 70.0%." in text for text in said(open_run(run)))  # fmt: skip
    changed = "Measured after 2 test labels were changed"
    assert any(changed in text for text in said(sound(open_run(run).switch_page("home.py").run())))
    table = given(sound(open_run(run).switch_page("runs.py").run()), "casebook_runs")
    assert changed in next(row["caution"] for row in table["rows"] if row["id"] == run)
    older = evaluated(outcome, {"0": dataset.classes[1], "1": dataset.classes[0]})  # the second came so
    assert any("Measured after 1 test label was changed." in text for text in said(open_run(older)))
    assert not any("Measured after" in text for text in said(open_run(usual)))


def test_a_label_mended_outside_of_the_test_part_is_counted(open_run, dataset):
    labels = np.repeat([0, 1, 2], 10)
    parts = np.where(np.arange(30) < 15, "test", "validation")
    evaluated(answered(dataset.classes, labels, labels, 0.9, parts))
    again = evaluated(answered(dataset.classes, labels, labels, 0.9, parts), {"20": dataset.classes[1], "5": None})
    app = open_run(again)
    [changes] = [c for c in app.get("button_group") if c.key == f"changes_{again}"]
    assert "Labels changed (1)" in [option.content for option in changes.proto.options]
    sound(changes.set_value("mended").run())


@pytest.mark.parametrize(("mine", "told", "briefly"), [
    (0.368, "A simple method is at least as good: the linear probe (41.0%), the majority class (38.0%).",
     "**Below the linear probe, the majority class, but not significantly**. More"),
    (0.2, "A simple method is better: the linear probe (41.0%), the majority class (38.0%).",
     "**Worse than the linear probe, the majority class**. More"),
    (0.4, "A simple method is at least as good: the linear probe (41.0%).",
     "**Below the linear probe, but not significantly**. More"),
    (0.42, "A simple method is about as good: the linear probe (41.0%).",
     "**Not significantly different from the linear probe**, the strongest baseline. More"),
    (0.9, "It is better than every simple method tested; the best of them is the linear probe (41.0%).",
     "**Better than every baseline**. Training paid off."),
])  # fmt: skip
def test_a_verdict_names_every_baseline_that_is_better_the_strongest_first(open_run, dataset, mine, told, briefly):
    def figure(value):
        return {"accuracy": {"value": value, "low": value - 0.1, "high": value + 0.1}, "macro_f1": FIGURE}

    labels = np.repeat([0, 1, 2], 10)
    run = evaluated(answered(dataset.classes, labels, labels, 0.9), counted={
        "test": figure(mine), "references": {"majority": figure(0.38), "frozen_features": figure(0.41)},
    })  # fmt: skip
    app = open_run(run)
    assert starting(app, briefly)
    hero = given(app, "casebook_hero")
    assert (hero["value"], hero["baseline"]["told"]) == (f"{mine:.1%}", "Strongest baseline: Linear probe 41.0%")
    assert hero["ends"] == ["0%", "50%" if mine == 0.2 else "100%"]
    token = shares.create(records.run(run, "local"), days=7, passcode="", examples=False)
    demo = open_demo(token)
    assert starting(demo, told)
    assert not starting(demo, "**Below", "**Worse", "**Not ", "**Better")  # nor once more in other words


def open_demo(token):
    """The page of a visitor, who is told it once and in plain words."""
    app = AppTest.from_file(str(ROOT / "pages/frame.py"), default_timeout=60)
    app.context = {"locale": "en-GB", "timezone": "Europe/London"}
    app.run()
    app.query_params["t"] = token
    return sound(app.switch_page("demo.py").run())


def certain(right, items, part):
    """Answers of two classes on so many items of a part, so many of them right."""
    labels = np.arange(items) % 2
    return answered(("a", "b"), labels, np.where(np.arange(items) < right, labels, 1 - labels), 0.9, part)


def both_parts(validated, tested):
    """`answered` for the two parts, of each (right, items)."""
    one, other = certain(*validated, "validation"), certain(*tested, "test")
    items = pd.concat([one.items, other.items], ignore_index=True)
    return replace(one, items=items.assign(id=np.arange(len(items))),
                   probabilities=np.concatenate([one.probabilities, other.probabilities]),
                   vectors=np.concatenate([one.vectors, other.vectors]))  # fmt: skip


GAP = "the validation set, clearly"


@pytest.mark.parametrize(("validated", "tested", "told"), [
    ((118, 120), (102, 120), "**Generalisation gap**: Accuracy was 98.3% on the validation set, clearly better"),
    ((12, 12), (10, 12), None),  # as far apart, but of so few it is chance
    ((102, 120), (118, 120), "**Easier test set**: Accuracy was 85.0% on the validation set, clearly worse"),
])  # fmt: skip
def test_a_gap_between_validation_and_test_is_told_where_it_is_more_than_chance(open_run, dataset, validated, tested,
                                                                               told):  # fmt: skip
    outcome, items = both_parts(validated, tested), tested[1]
    test = outcome.of("test")
    figure = {"accuracy": metrics.interval(metrics.accuracy, test.labels, test.predicted), "macro_f1": FIGURE}
    run = evaluated(outcome, counted={
        "test": figure, "data": {"train": 9, "validation": validated[1], "test": items, "set_aside": 0},
    })  # fmt: skip
    app = open_run(run)
    found = [re.sub(r"\[(.+?)\]\(.+?\)", r"\1", text) for text in said(app) if GAP in text]  # without links
    assert [told in text for text in found] == [True] * bool(told)
    if told:
        assert f"With sample sizes of 120 and {items}, chance rarely makes such a gap (p" in found[0]
        assert app.button(key=f"gap_{run}").label == "Check the data"
    [shown] = [m for m in app.metric if m.label == "Validation accuracy"]
    assert shown.value == f"{validated[0] / validated[1]:.1%}"


def test_the_advice_to_train_more_of_the_network_leads_to_a_draft_with_that_setting(open_run, dataset):
    labels = np.repeat([0, 1, 2], 10)
    run = evaluated(answered(dataset.classes, labels, (labels + 1) % 3, 0.9), epochs=7)
    app = open_run(run)
    advised = app.button(key=f"next_larger_{run}")
    assert advised.label == "New run with “Last blocks”"
    app = sound(advised.click().run())
    assert "run" not in app.query_params and app.query_params["data"] == "d1"
    assert app.selectbox(key="image_recognition_mode_").value == "last_blocks"
    assert app.number_input(key="image_recognition_epochs_").value == 7  # all else as it was
    all_of_it = evaluated(answered(dataset.classes, labels, (labels + 1) % 3, 0.9), mode="full")
    assert f"next_larger_{all_of_it}" not in {button.key for button in open_run(all_of_it).button}


def test_certainty_is_put_into_words(open_run, dataset):
    labels = np.repeat([0, 1, 2], 10)
    half = np.where(np.arange(30) % 2, labels, (labels + 1) % 3)
    for said_to_be, sure, told in (
        (half, 0.9, "**Over-confident** by 40.0 points: mean confidence 90.0%, accuracy 50.0%."),
        (labels, 0.6, "**Under-confident** by 40.0 points: mean confidence 60.0%, accuracy 100.0%."),
        (labels, 0.98, "**Well calibrated**: mean confidence 98.0%, accuracy 100.0%."),
    ):
        assert starting(open_run(evaluated(answered(dataset.classes, labels, said_to_be, sure)), see="certainty"), told)


@pytest.mark.parametrize(("right", "told"), [
    # {mean confidence of a bin: (test examples, correct ones)}
    ({0.95: (40, 38), 0.55: (20, 11)}, "**Well calibrated**:"),
    ({0.95: (40, 38), 0.55: (4, 1)}, "**Well calibrated on average**:"),
    ({0.95: (40, 30), 0.55: (40, 30)}, "**Well calibrated on average only**:"),
    ({0.7: (10, 6)}, "**No clear miscalibration**:"),
    ({0.7: (1000, 600)}, "**Over-confident** by 10.0 points"),
])  # fmt: skip
def test_how_calibrated_a_model_is_said_to_be_is_what_its_bins_bear(right, told):
    sure = np.concatenate([np.full(n, confidence) for confidence, (n, _) in right.items()])
    found = np.concatenate([np.arange(n) < correct for n, correct in right.values()])
    assert calibration.words(reliability(sure, found)).startswith(told)
    if told == "**Well calibrated on average**:":
        assert "fewer than 20 test examples, too few to judge: 1 of 2." in calibration.words(reliability(sure, found))


def test_the_gap_of_confidence_is_not_the_calibration_error(open_run, dataset):
    """Half of the answers are too sure, half too little: the gaps cancel, the expected calibration error does not."""
    labels = np.repeat([0, 1, 2], 10)
    outcome = answered(dataset.classes, labels, labels, 0.6)
    outcome.probabilities[15:] = [0.9, 0.05, 0.05]  # right of none of these
    app = open_run(evaluated(outcome), see="certainty")
    assert starting(app, "**Over-confident** by 25.0 points: mean confidence 75.0%, accuracy 50.0%.")
    assert any("Expected calibration error (ECE): 65.0 percentage points" in text for text in said(app))


def test_how_often_answers_as_sure_were_right_on_the_test_part_is_told_of_enough_of_them(dataset):
    labels = np.repeat([0, 1, 2], 10)
    outcome = answered(dataset.classes, labels, np.where(np.arange(30) % 4, labels, (labels + 1) % 3), 0.7)
    run = records.run(evaluated(outcome), "local")
    [(low, high, accuracy, n)] = threshold.tested(run)
    assert (low, high, n) == (0.7, 0.8, 30) and accuracy == pytest.approx(22 / 30)
    few = records.run(evaluated(answered(dataset.classes, labels[:4], labels[:4], 0.7)), "local")
    assert threshold.tested(few) == []


def test_the_map_is_asked_for_once_when_it_is_first_opened(open_run, usual):
    for _ in range(2):
        open_run(usual, see="map")
        assert [run.subject for run in records.run_list("local", kind="map")] == [usual]


def test_the_map_that_is_drawn_is_shown(open_run, usual):
    predictions.keep_map(usual, np.arange(30), np.random.default_rng(0).normal(size=(30, 2)))
    app = open_run(usual, see="map")
    assert starting(app, "Feature vectors of 30 examples")
    assert records.run_list("local", kind="map") == []


def test_mended_labels_are_offered_for_training_again_with_everything_else_the_same(open_run, usual):
    assert not starting(open_run(usual), "1 item was mended")
    edits.add("local", "d1", 3, "rust")
    edits.add("local", "d1", 5, None)
    app = open_run(usual)
    assert starting(app, "2 examples were corrected or excluded since this run.")
    sound(app.button(key=f"train_mended_{usual}").click().run())
    again = records.run(app.query_params["run"], "local")
    earlier = records.run(usual, "local")
    assert (again.settings, again.dataset, again.status) == (earlier.settings, "d1", "queued")
    assert again.edits == {"3": "rust", "5": None}


def test_what_changed_since_the_run_before_the_labels_were_mended_is_told(open_run, usual, dataset):
    labels = np.repeat([0, 1, 2], 10)
    labels[0] = 1  # mended: the earlier model had said so
    again = evaluated(answered(dataset.classes, labels, labels, 0.9), {"0": dataset.classes[1]})
    app = open_run(again)
    assert starting(app, "Accuracy on the 30 shared test examples, by this run's labels: **76.7%** there, "
                         "**100.0%** here.")  # fmt: skip
    assert starting(app, "The difference is significant (p = 0.016).")
    [changes] = [c for c in app.get("button_group") if c.key == f"changes_{again}"]
    assert [option.content for option in changes.proto.options] == [
        "Correct only here (7)", "Correct only there (0)", "Labels changed (1)"
    ]  # fmt: skip
    sound(changes.set_value("gained").run())


def test_runs_of_other_settings_are_compared_only_when_chosen(open_run, usual, dataset):
    labels = np.repeat([0, 1, 2], 10)
    other = evaluated(answered(dataset.classes, labels, labels, 0.9), epochs=7)
    app = open_run(other)
    assert not starting(app, "Accuracy on the 30 shared test examples")
    sound(app.selectbox(key=f"other_{other}").select(usual).run())
    assert starting(app, "Accuracy on the 30 shared test examples")


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


def test_an_interval_says_where_it_comes_from(open_run, usual):
    app = open_run(usual, "zh-CN")
    bounds = say("zh", "95% intervals: bootstrap over the test examples, one correct and one wrong added.")
    assert any(bounds in text for text in said(app))


def measured(run):
    """With curves of seven epochs."""
    values = {"train": {"loss": 1.2}, "validation": {"loss": 1.0, "accuracy": 0.7}, "machine": {"memory": 1.0}}
    queue.add_metrics([
        {"run": run, "split": split, "step": step, "written": 3 * step + place, "values": {**some, "epoch": step}}
        for step in range(1, 8) for place, (split, some) in enumerate(values.items())
    ])  # fmt: skip
    return run


@pytest.mark.parametrize(("locale", "language", "title"), [("en-GB", "en", "Limitations"), ("zh-CN", "zh-CN", "局限")])
def test_a_report_says_how_good_the_model_is_in_the_language_of_the_page(usual, locale, language, title):
    found = reported.read(content := reported.made(measured(usual), "image_recognition.py", locale))
    assert f'<html lang="{language}">' in content and title in found.text
    assert "75.0%" in found.text and "img" not in found.tags and "Epoch {" not in found.text
    if language == "zh-CN":
        words = {word for word in re.findall(r"[A-Za-z]{4,}", found.text)}
        assert words <= KEPT_IN_CHINESE, words - KEPT_IN_CHINESE


KEPT_IN_CHINESE = {"Casebook", "Macro", "EfficientNet", "Lite", "Wilson", "Apache", "moss", "rust", "slate", "noise",
                   "AdamW", "Bootstrap", "Dropout", "GELU", "ReLU", "LoRA", "ImageNet"}  # fmt: skip


def test_a_report_has_the_title_purpose_author_and_language_that_its_owner_gave(usual):
    found = reported.read(content := reported.made(
        usual, "image_recognition.py", language="zh", title="墙面", purpose="给 <b>评审</b> 看", author="Ada & Co"
    ))  # fmt: skip
    assert '<html lang="zh-CN">' in content and "Ada & Co" in found.text and "给 <b>评审</b> 看" in found.text
    assert re.search("<h1><bdi>墙面</bdi></h1>", content) and "概要" in found.text
    usual_title = reported.read(reported.made(usual, "image_recognition.py")).text
    assert "Recognises pictures: moss, rust, slate" in usual_title and "Made by" not in usual_title


def test_a_report_explains_the_terms_that_it_uses_where_they_stand_and_no_others(usual):
    found = reported.read(reported.made(measured(usual), "image_recognition.py")).text
    assert "Macro-F1" not in found and "Significant" not in found and "Epochs 0 to 7" in found
    terms = ("Accuracy: the share", "Limitations", "Baseline: a simple method",
             "Of the examples predicted as this class", "Confidence: probability")  # fmt: skip
    places = [found.index(term) for term in terms]
    assert places == sorted(places)
    assert " 1 examples" not in found


def test_what_is_in_the_training_data_too_stands_beside_the_result_and_in_a_report(open_run, dataset):
    labels = np.repeat([0, 1, 2], 10)
    others = {"accuracy": {"value": 0.7, "low": 0.5, "high": 0.8}}
    run = evaluated(answered(dataset.classes, labels, labels, 0.9),
                    counted={"repeated": {"items": 12, "of": 30, "others": others}})  # fmt: skip
    told = "the same or nearly so: **12 of 30**. Without them: Accuracy 70.0% (95% interval: 50.0% to 80.0%)."
    assert [text for text in said(open_run(run)) if told in text]
    in_report = reported.read(reported.made(run, "image_recognition.py")).text
    assert "12 of 30" in in_report and told.partition("**. ")[2] in in_report
    few = evaluated(answered(dataset.classes, labels, labels, 0.9),
                    counted={"repeated": {"items": 24, "of": 30, "others": {}}})  # fmt: skip
    assert [text for text in said(open_run(few)) if "Too few others to measure without them." in text]


def test_pictures_are_in_a_report_only_where_its_owner_ticked_that(usual):
    assert "img" not in reported.read(reported.made(usual, "image_recognition.py")).tags
    found = reported.read(reported.made(usual, "image_recognition.py", examples=True))
    assert found.tags.count("img") == 8 and "moss → rust" in found.text
