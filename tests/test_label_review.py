"""Labels worth a second look: which are listed, and what becomes of each decision."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from evaluation_page import answered, evaluated, said, sound, starting

from runs import paths
from runs.results import predictions, relabeled
from runs.store import confirmed_labels, edits, records

PARTS = np.where(np.arange(30) % 2 == 0, "test", np.where(np.arange(30) % 3 == 0, "validation", "train"))
LABELS = np.repeat([0, 1, 2], 10)
DOUBTED = {5: 1, 15: 2, 25: 0, 4: 1, 14: 2}  # row → the class that the model gives; the last two are tested


@pytest.fixture
def doubted(dataset):
    """A run that doubts three labels it learnt from and two that it was tested on; rows 7 and 27 are neighbours."""
    by_model, by_probe = LABELS.copy(), LABELS.copy()
    for row, kind in DOUBTED.items():
        (by_model if row % 2 == 0 else by_probe)[row] = kind
    judged = answered(dataset.classes, LABELS, by_probe, 0.9, PARTS).of("train", "validation")
    outcome = answered(dataset.classes, LABELS, by_model, 0.9, PARTS)
    return evaluated(replace(outcome, out_of_fold=judged, neighbours=np.array([[7, 27]])))


def titles(app, run):
    [which] = [one for one in app.get("button_group") if one.key == f"labels_{run}"]
    return [option.content for option in which.proto.options]


def choose(app, run, name):
    [which] = [one for one in app.get("button_group") if one.key == f"labels_{run}"]
    return sound(which.set_value(name).run())


def open_now(app):
    return int(app.query_params["item"][0] if isinstance(app.query_params["item"], list) else app.query_params["item"])


def test_labels_of_every_part_are_listed_and_counted(open_run, doubted):
    app = open_run(doubted, see="labels")
    assert titles(app, doubted) == [
        "Doubtful (5)", "Training and validation (3)", "Test (2)", "Alike, different labels (1)", "Confirmed (0)",
    ]  # fmt: skip
    assert "2 of them are test examples" in starting(app, "Labels that a model not trained on them contradicts")[0]
    assert starting(open_run(doubted), "Labels to review: 2 of them are test examples")  # before it is opened
    assert starting(choose(app, doubted, "test"), "Judged by the model of this run. The test set measures every run")
    assert starting(choose(app, doubted, "alike"), "Duplicates and nearest neighbours with different labels")
    assert not [one.label for one in app.button if one.proto.type == "primary" and "label" in one.label.lower()]


def test_a_label_that_is_kept_is_never_listed_again_until_it_changes(open_run, doubted, dataset):
    app = open_run(doubted, see="labels", item="25")
    keep = app.button(key=f"closer_{doubted}_25_keep")
    assert (keep.label, keep.proto.type) == ("Keep label", "secondary")
    sound(keep.click().run())
    assert confirmed_labels.current("local", "d1") == {25: dataset.classes[2]} and edits.current("local", "d1") == {}
    app = open_run(doubted, see="labels")
    assert titles(app, doubted)[0] == "Doubtful (4)" and titles(app, doubted)[-1] == "Confirmed (1)"
    assert not starting(app, "1 example was corrected or excluded")
    again = evaluated(replace(answered(dataset.classes, LABELS, LABELS, 0.9, PARTS), out_of_fold=None))
    assert titles(open_run(again, see="labels"), again)[-1] == "Confirmed (1)"
    edits.add("local", "d1", 25, dataset.classes[1])
    assert titles(open_run(again, see="labels"), again)[-1] == "Confirmed (0)"
    edits.undo("local", "d1")
    app = open_run(doubted, see="labels", item="25")
    sound(app.button(key=f"closer_{doubted}_25_unkeep").click().run())
    assert confirmed_labels.current("local", "d1") == {}


def test_every_decision_leads_to_the_next_label_that_waits(open_run, doubted, dataset):
    app = open_run(doubted, see="labels")
    app = choose(app, doubted, "learnt")
    app = sound(app.button(key=f"review_{doubted}_learnt").click().run())
    first, second, third = 5, 15, 25
    assert open_now(app) == first and "3 labels left to review" in said(app)
    app = sound(app.button(key=f"closer_{doubted}_{first}_keep").click().run())
    assert open_now(app) == second and "2 labels left to review" in said(app)
    app = sound(app.button(key=f"closer_{doubted}_{second}_take").click().run())
    assert open_now(app) == third and "1 label left to review" in said(app)
    app = sound(app.button(key=f"closer_{doubted}_{third}_out").click().run())
    assert [one.value for one in app.success] == ["Every label in this list is decided."]
    assert edits.current("local", "d1") == {second: dataset.classes[2], third: None}
    assert titles(open_run(doubted, see="labels"), doubted)[:3] == [
        "Doubtful (2)",
        "Training and validation (0)",
        "Test (2)",
    ]


def test_a_test_label_is_only_changed_on_second_thought(open_run, doubted, dataset):
    app = open_run(doubted, see="labels", item="4")
    ours = [one for one in app.button if (one.key or "").startswith(f"closer_{doubted}_4_")]
    assert [one.proto.type for one in ours] == ["secondary", "secondary", "tertiary"]
    assert ours[0].label == "Keep label" and ours[-1].label == f"Change label to “{dataset.classes[1]}”"
    app = sound(ours[-1].click().run())
    assert edits.current("local", "d1") == {} and starting(app, "**This is a test example.**")
    app = sound(app.button(key=f"closer_{doubted}_4_sure").click().run())
    assert edits.current("local", "d1") == {4: dataset.classes[1]} and open_now(app) == 14


def test_many_are_kept_or_corrected_at_once_but_no_test_label_follows_a_suggestion(
    open_run, doubted, dataset
):  # fmt: skip
    app = open_run(doubted, see="labels")
    name = f"doubtful_all_{doubted}"
    app.session_state[f"{name}_rows"] = [5, 15, 4]
    app = sound(app.run())
    assert app.button(key=f"{name}_suggested").label == "Take 2 suggestions"
    app = sound(app.button(key=f"{name}_suggested").click().run())
    assert edits.current("local", "d1") == {5: dataset.classes[1], 15: dataset.classes[2]}
    app.session_state[f"{name}_rows"] = [25, 4, 14]
    app = sound(app.run())
    app = sound(app.button(key=f"{name}_keep").click().run())
    assert sorted(confirmed_labels.current("local", "d1")) == [4, 14, 25]
    assert titles(app, doubted)[0] == "Doubtful (0)"
    app = sound(app.button(key=f"{name}_revoke").click().run())
    assert confirmed_labels.current("local", "d1") == {} and titles(app, doubted)[0] == "Doubtful (3)"


def test_what_the_most_similar_examples_do_not_support_is_listed_and_not_suggested(open_run, doubted, dataset):
    outcome = predictions.of(records.run(doubted, "local"))
    near = np.array([[5, 6, 8, 15], [15, 16, 17, 25]])  # of each the first, two of its own label, one of the other
    replace(outcome, nearest=near).save(paths.run(doubted) / predictions.FOLDER)
    app = open_run(doubted, see="labels")
    assert titles(app, doubted)[0] == "Doubtful (5)"
    name = f"doubtful_all_{doubted}"
    app.session_state[f"{name}_rows"] = [5, 15, 25]
    app = sound(app.run())
    assert app.button(key=f"{name}_suggested").label == "Take 1 suggestion"  # of row 25, about which nothing is known
    app = open_run(doubted, see="labels", item="5")
    assert any("Nothing is suggested: among the 10 most similar examples" in text for text in said(app))
    assert f"closer_{doubted}_5_take" not in {button.key for button in app.button}
    app = open_run(doubted, see="labels", item="25")
    assert app.button(key=f"closer_{doubted}_25_take")


def test_of_two_that_are_alike_the_other_is_shown_beside_and_agreement_settles_both(
    open_run, doubted, dataset
):  # fmt: skip
    app = open_run(doubted, see="labels", item="7")
    assert starting(app, f"Similar example with another label: **{dataset.classes[2]}**")
    edits.add("local", "d1", 7, dataset.classes[2])
    app = open_run(doubted, see="labels", item="7")
    assert not starting(app, "Similar example") and titles(app, doubted)[3] == "Alike, different labels (0)"


def test_a_change_that_was_taken_back_is_none(open_run, doubted, dataset):
    run = records.run(doubted, "local")
    edits.add("local", "d1", 5, dataset.classes[1])
    edits.add("local", "d1", 5, dataset.classes[0])
    from cases.dataset import Dataset

    assert relabeled.changed(run, Dataset.open(dataset.folder, edits.current("local", "d1"))) == set()
