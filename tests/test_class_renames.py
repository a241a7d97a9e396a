"""Classes renamed as a whole: no label is corrected by it, and everything that answers has the new names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from evaluation_page import answered, evaluated
from evaluation_page import said as told
from test_check import changed, data, look, said, scenes, sound

from cases.dataset import Dataset
from cases.splits import edited
from runs import paths
from runs.results import paired_runs
from runs.store import confirmed_labels, edits, queue, records

__all__ = ["data", "look", "scenes"]  # fixtures
ASKED = {"validation": 0.2, "test": 0.2, "seed": 0}


@pytest.fixture
def reviews(tmp_path):
    """Eight reviews, called 0 and 1."""
    samples = pd.DataFrame({
        "name": [f"{n}.txt" for n in range(8)], "file": "", "label": ["0", "1"] * 4,
        "split": ["train"] * 4 + ["validation"] * 2 + ["test"] * 2,
    })  # fmt: skip
    made = Dataset(tmp_path, "d1", "text_analysis", "reviews", ("0", "1"))
    made.save(samples, pd.DataFrame({"name": [], "reason": []}))
    return made


def renaming(dataset, before=None, **names):
    """The data once their classes, by their names with a c before it, are called so, after other changes."""
    changed = Dataset.open(dataset.folder, before or {})
    return Dataset.open(dataset.folder, changed.edits | changed.renaming({old[1:]: new for old, new in names.items()}))


def test_a_renamed_class_is_called_so_and_nothing_counts_as_corrected(reviews):
    renamed = renaming(reviews, c0="bad", c1="good")
    assert renamed.classes == ("bad", "good")
    assert renamed.samples["label"].tolist() == ["bad", "good"] * 4
    assert (renamed.relabelled, edited(renamed, **ASKED)) == (0, {})
    assert renamed.renamed == {"0": "bad", "1": "good"}


def test_what_comes_under_the_new_name_is_of_the_same_class(reviews):
    made = Dataset(reviews.folder / "d2", "d2", "text_analysis", "reviews", ("0", "1", "good"))
    made.folder.mkdir()
    samples = pd.DataFrame({"name": ["a", "b", "c"], "file": "", "label": ["0", "1", "good"], "split": ""})
    made.save(samples, pd.DataFrame({"name": [], "reason": []}))
    renamed = renaming(made, c1="good")
    assert renamed.samples["label"].tolist() == ["0", "good", "good"] and renamed.classes == ("0", "good")
    again = renaming(made, renamed.edits, cgood="fine")
    assert again.samples["label"].tolist() == ["0", "fine", "fine"] and again.relabelled == 0


def test_what_was_corrected_before_goes_along_and_stays_a_correction(reviews):
    renamed = renaming(reviews, {0: "1", 2: "mixed", 6: "1", 7: None}, c1="good", cmixed="so so")
    assert renamed.kept["label"].tolist() == ["good", "good", "so so", "good", "0", "good", "good"]
    assert renamed.classes == ("0", "good", "so so")
    assert edited(renamed, **ASKED) == {
        "train": {"relabelled": 2, "left_out": 0}, "test": {"relabelled": 1, "left_out": 1}}  # fmt: skip


def test_numbered_classes_are_named_on_the_page_and_it_is_one_change(data, scenes, look):
    data(scenes(8, classes=("0", "1")))
    edits.add("local", "d1", 3, "1")
    confirmed_labels.add("local", "d1", {5: "0"})
    app = look()
    assert any(text.startswith("The classes are numbers.") for text in said(app, "caption"))
    sound(app.button(key="image_recognition_rename").click().run())
    rename(app, "lake", " lake ")
    assert any("Two classes cannot both be called “lake”." in text for text in said(app, "error"))
    assert changed() == {3: "1"}
    rename(app, "lake", "wood")
    assert changed() == {-1: "lake", -2: "wood", 3: "wood"}
    assert [one.value for one in app.toast] == ["2 classes renamed. Train for a model with the new names."]
    assert confirmed_labels.current("local", "d1") == {5: "lake"}
    app = look("changes")
    assert "Renamed classes: 0 → lake, 1 → wood" in said(app, "caption")
    assert app.dataframe[-1].value[["came", "now"]].to_numpy().tolist() == [["0", "wood"], ["0", "1"]]
    assert not any(text.startswith("The classes are numbers.") for text in said(app, "caption"))
    sound(app.button(key="undo_last").click().run())
    assert changed() == {3: "1"}


def rename(app, *names):
    for label, name in zip(("0", "1"), names, strict=True):
        next(field for field in app.text_input if field.label == label).set_value(name)
    sound(next(button for button in app.button if button.label == "Rename").click().run())


def test_an_evaluation_from_before_suggests_the_names_of_now_and_offers_to_train_again(open_run, dataset):
    labels = np.repeat([0, 1, 2], 10)
    said_by_probe = labels.copy()
    said_by_probe[25] = 0
    parts = np.where(np.arange(30) % 2 == 0, "test", "train")
    judged = answered(dataset.classes, labels, said_by_probe, 0.9, parts).of("train")
    run = evaluated(replace(answered(dataset.classes, labels, labels, 0.9, parts), out_of_fold=judged))
    edits.add_all("local", "d1", dataset.renaming({dataset.classes[0]: "granite"}))
    app = open_run(run, see="labels", item="25")
    assert "1 class was renamed since this run." in told(app)
    assert app.button(key=f"train_mended_{run}").label == "Retrain with the new names"
    assert app.button(key=f"closer_{run}_25_take").label == "Change label to “granite”"
    sound(app.button(key=f"train_mended_{run}").click().run())
    again = next(one for one in records.run_list("local") if one.id != run)
    assert again.edits == {"-1": "granite"}


def test_before_a_link_is_made_its_owner_hears_of_names_that_visitors_will_not_understand(open_run, data, scenes):
    numbered = data(scenes(8, classes=("0", "1")))
    labels = np.repeat([0, 1], 8)
    proven = {"onnx": {"items": 16, "same": 16, "largest_difference": 1e-6, "close": []}}
    run = evaluated(answered(numbered.classes, labels, labels, 0.9), counted=proven)
    (paths.run(run) / "bundle").mkdir()
    [told] = warned(open_run, run)
    assert told.startswith("Visitors will read the class names 0, 1.")
    edits.add_all("local", "d1", numbered.renaming({"0": "lake", "1": "wood"}))
    [told] = warned(open_run, run)
    assert told.startswith("2 classes were renamed since this run: visitors still read the names from before.")


def warned(open_run, run):
    app = open_run(run)
    app.session_state[f"share_{run}"] = True
    return [one.value for one in sound(app.run()).warning if "isitors" in one.value]


def test_runs_before_and_after_are_compared_by_the_names_of_the_newer(dataset):
    old, other = dataset.classes[:2]
    names = {str(number): name for number, name in dataset.renaming({old: "granite"}).items()}
    before = answering([old, old, other], [old, old, other], {})
    after = answering(["granite", "granite", other], ["granite", other, other], names)
    assert paired_runs.renamed(before, after) == {old: "granite"}
    assert paired_runs.renamed(after, before) == {"granite": old}
    pair = paired_runs.paired(before, after)
    assert (pair.items, pair.only_one, pair.only_other) == (3, 1, 0)


def answering(labels, answers, changes):
    """A run that learnt with these edits, with its answers on the first three."""
    made = {"dataset": "d1", "settings": {}, "edits": changes}
    run = records.create_run("local", "fine_tune", "image_recognition", "noise", **made)
    queue.claim_here(run)
    queue.end(run, "done", result={"test": {}})
    answered = pd.DataFrame({"id": range(3), "label": labels, "predicted": answers})
    answered.to_parquet(paths.run(run) / "predictions.parquet")
    return records.run(run, "local")
