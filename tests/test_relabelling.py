"""Labels that are changed where mistakes are shown, and what a result says of it then."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from evaluation_page import answered, evaluated, said, starting
from opened_pages import sound
from told import given

from pages.components import relabeled_note
from pages.steps.export import static_content
from runs import paths
from runs.results import predictions
from runs.store import edits, records


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
