"""Labels worth a second look: who judged them, what becomes of each decision, and what a result says of it then."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import workshop
from evaluation_page import answered, evaluated, said, starting
from opened_pages import sound
from told import given

from pages.components import relabeled_note
from pages.steps.export import static_content
from runs import paths
from runs.results import label_check as kept
from runs.results import label_doubts, predictions
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


def lists(app, run):
    [which] = [one for one in app.get("button_group") if one.key == f"labels_{run}"]
    return which


def titles(app, run):
    return [option.content for option in lists(app, run).proto.options]


def choose(app, run, name):
    return sound(lists(app, run).set_value(name).run())


def press(app, key):
    return sound(app.button(key=key).click().run())


def decide(app, run, row, way):
    return press(app, f"closer_{run}_{row}_{way}")


def open_now(app):
    [asked] = app.query_params["item"] if isinstance(app.query_params["item"], list) else [app.query_params["item"]]
    return int(asked)


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
    assert any(f"Out-of-fold prediction: {dataset.classes[0]} 90.0%" in text for text in said(app))
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
    decide(app, doubted, 25, "unkeep")
    assert confirmed_labels.current("local", "d1") == {}


def test_every_decision_leads_to_the_next_label_that_waits(open_run, doubted, dataset):
    app = open_run(doubted, see="labels")
    app = choose(app, doubted, "learnt")
    app = press(app, f"review_{doubted}_learnt")
    for row, way, left in ((5, "keep", "3 labels"), (15, "take", "2 labels"), (25, "out", "1 label")):
        assert open_now(app) == row and f"{left} left to review" in said(app)
        app = decide(app, doubted, row, way)
    assert [one.value for one in app.success] == ["Every label in this list is decided."]
    assert edits.current("local", "d1") == {15: dataset.classes[2], 25: None}
    left = ["Doubtful (2)", "Training and validation (0)", "Test (2)"]
    assert titles(open_run(doubted, see="labels"), doubted)[:3] == left


def test_a_test_label_is_only_changed_on_second_thought(open_run, doubted, dataset):
    app = open_run(doubted, see="labels", item="4")
    ours = [one for one in app.button if (one.key or "").startswith(f"closer_{doubted}_4_")]
    assert [one.proto.type for one in ours] == ["secondary", "secondary", "tertiary"]
    assert ours[0].label == "Keep label" and ours[-1].label == f"Change label to “{dataset.classes[1]}”"
    app = sound(ours[-1].click().run())
    assert edits.current("local", "d1") == {} and starting(app, "**This is a test example.**")
    app = decide(app, doubted, 4, "cancel")
    assert edits.current("local", "d1") == {} and not starting(app, "**This is a test example.**")
    app = decide(decide(app, doubted, 4, "take"), doubted, 4, "sure")
    assert edits.current("local", "d1") == {4: dataset.classes[1]} and open_now(app) == 14
    decide(decide(app, doubted, 14, "out"), doubted, 14, "sure")
    assert edits.current("local", "d1") == {4: dataset.classes[1], 14: None}


def test_many_are_kept_or_corrected_at_once_but_no_test_label_follows_a_suggestion(open_run, doubted, dataset):
    app = open_run(doubted, see="labels")
    name = f"doubtful_all_{doubted}"
    app.session_state[f"{name}_rows"] = [5, 15, 4]
    app = sound(app.run())
    assert app.button(key=f"{name}_suggested").label == "Take 2 suggestions"
    app = press(app, f"{name}_suggested")
    assert edits.current("local", "d1") == {5: dataset.classes[1], 15: dataset.classes[2]}
    app.session_state[f"{name}_rows"] = [25, 4, 14]
    app = press(sound(app.run()), f"{name}_keep")
    assert sorted(confirmed_labels.current("local", "d1")) == [4, 14, 25]
    assert titles(app, doubted)[0] == "Doubtful (0)"
    app = press(app, f"{name}_revoke")
    assert confirmed_labels.current("local", "d1") == {} and titles(app, doubted)[0] == "Doubtful (3)"
    assert not starting(app, "**3 selected**")  # they are listed again, and none is about to be changed


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


# What a result says of labels that were changed


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
    for copies, told in {
        3: "3 test examples were excluded, duplicates of others that stay",
        1: "3 test examples were excluded (duplicates of others that stay: 1)",
    }.items():
        counted = {"edits": {"test": {"relabelled": 0, "left_out": 3, "copies": copies}}}
        run = evaluated(outcome, {"0": None, "1": None, "2": None}, counted=counted)
        assert relabeled_note.told(records.run(run, "local")).startswith(f"Measured after {told}.")
    older = evaluated(outcome, {"0": dataset.classes[1], "1": dataset.classes[0]})  # the second came so
    assert relabeled_note.told(records.run(older, "local")).startswith("Measured after 1 test label was changed.")
    app = open_run(usual)
    assert not any("Measured after" in text or "since this run" in text for text in said(app))


def test_a_test_label_that_takes_the_models_word_is_warned_of_and_counted_beside_the_score(open_run, usual, dataset):
    said_of = predictions.of(records.run(usual, "local")).of("test")
    row, label = next((int(row), dataset.classes[said]) for row, said, own in
                      zip(said_of.rows, said_of.predicted, said_of.labels, strict=True) if said != own)  # fmt: skip
    names = np.array(dataset.classes)
    answers = pd.DataFrame({"id": said_of.rows, "label": names[said_of.labels], "predicted": names[said_of.predicted]})
    answers.to_parquet(paths.run(usual) / "predictions.parquet")
    app = open_run(usual, see="mistakes", item=str(row))
    sound(app.button(key=f"closer_{usual}_{row}_take").click().run())
    assert starting(app, "This label is the model’s own prediction. With it the model measures itself, and the score "
                         "means less.") and edits.current("local", "d1") == {}  # fmt: skip
    sound(app.button(key=f"closer_{usual}_{row}_sure").click().run())
    assert edits.current("local", "d1") == {row: label}
    told = ("After this evaluation 1 test label was changed. This score was measured before. 1 of the new labels is "
            "this model’s own prediction: a score by it means less.")  # fmt: skip
    assert any(told in text for text in said(open_run(usual)))
    assert told in " ".join(map(str, static_content.given_away(records.run(usual, "local"))))
    by_it = said_of.labels.copy()
    by_it[said_of.rows.tolist().index(row)] = dataset.classes.index(label)
    again = evaluated(answered(dataset.classes, by_it, said_of.predicted, 0.9), {str(row): label})
    answers.to_parquet(paths.run(again) / "predictions.parquet")
    told = "Measured after 1 test label was changed. 1 of the new labels is this model’s own prediction"
    assert any(told in text for text in said(open_run(again)))


def test_mended_labels_are_offered_for_training_again_with_everything_else_the_same(open_run, usual):
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
    assert starting(app, "The difference is significant (p = 0.008).")
    [changes] = [c for c in app.get("button_group") if c.key == f"changes_{again}"]
    assert [option.content for option in changes.proto.options] == [
        "Correct only here (7)", "Correct only there (0)", "Both wrong, differently (0)", "Labels changed (1)"
    ]  # fmt: skip
    sound(changes.set_value("gained").run())


# Labels judged by networks


@pytest.mark.slow
def test_networks_judge_beside_the_heads(materials):
    run = workshop.done(workshop.queued(materials, "image_recognition", epochs=1))
    before = predictions.of(run).out_of_fold
    work = workshop.done(records.create_run("local", "label_check", run.case, run.name, subject=run.id))
    assert work.status == "done" and not list(paths.run(work.id).glob("fold-*"))
    told = kept.outcome(run)
    assert told.out_of_fold.rows.tolist() == before.rows.tolist()
    assert np.allclose(told.out_of_fold.probabilities.sum(1), 1, atol=1e-5)
    assert not np.allclose(told.out_of_fold.probabilities, before.probabilities, atol=1e-2)
    assert np.array_equal(told.of("test").probabilities, predictions.of(run).of("test").probabilities)
    assert kept.outcome(run) is told
    (paths.run(run.id) / kept.FILE).write_bytes(b"torn")
    assert not kept.is_there(run) and kept.outcome(run).out_of_fold is before


def test_the_page_offers_it_shows_the_work_and_then_by_whom_labels_were_judged(open_run, dataset):
    labels, parts = np.repeat([0, 1, 2], 20), np.tile(["train", "test"], 30)
    right = answered(dataset.classes, labels, labels, 0.9, parts)
    judged = right.of("train")
    run = evaluated(replace(right, out_of_fold=judged))
    app = open_run(run, see="labels")
    sound(app.button(key=f"label_check_{run}").click().run())
    [work] = records.run_list("local", kind="label_check")
    assert work.subject == run and work.status == "queued"
    wrong = np.roll(judged.probabilities, 1, axis=1)[:1]
    kept.keep(run, judged.rows, np.concatenate([wrong, judged.probabilities[1:]]))
    app = open_run(run, see="labels")
    assert not [button for button in app.button if button.key == f"label_check_{run}"]
    sound(app.segmented_control(key=f"labels_{run}").set_value("learnt").run())
    assert starting(app, "Judged by simple models and by networks")
    [doubt] = label_doubts.of(kept.outcome(records.run(run, "local")))
    assert doubt.row == int(judged.rows[0])
