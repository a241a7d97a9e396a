"""Task types by screens: each cell is there and draws. Whoever adds one is told here what is missing."""

from __future__ import annotations

import inspect
import json

import pandas as pd
import pytest
from evaluation_page import said, sound, starting
from made_runs import data, drawn, open_page, run
from test_text_pages import shown
from told import given

import cases
from cases import task_types as of_labels
from cases.dataset import Dataset
from pages import modalities, task_types
from pages.task_types import base, verdict
from runs import paths
from runs.store import dataset_rows, datasets, edits, queue, records, shares

__all__ = ["data", "open_page", "run"]  # fixtures

SHOWN_BY = {"classification": "image", "transcription": "transcript", "ranking": "item"}  # task type → data it has here


def has(app, beginning):
    return bool(starting(app, beginning))


def methods(protocol):
    return [name for name, one in inspect.getmembers(protocol, inspect.isfunction) if not name.startswith("_")]


def test_every_task_of_a_case_has_a_type_and_every_type_its_screens():
    assert set(task_types.ALL) == {one.name for one in of_labels.ALL}
    assert {task.task_type for name in cases.NAMES for task in cases.get(name).tasks} == set(of_labels.ALL)
    assert {cases.get(name).modality for name in cases.NAMES} >= set(modalities.ALL)
    assert all(isinstance(modalities.of(name), modalities.Modality) for name in cases.NAMES)


@pytest.mark.parametrize("name", task_types.ALL)
@pytest.mark.parametrize(
    ("cell", "asked"),
    [
        ("check", base.CheckView),
        ("evaluation", base.EvaluationView),
        ("model", base.ModelView),
        ("predict", base.PredictView),
    ],
)
def test_a_task_type_does_all_that_a_screen_asks_of_it(name, cell, asked):
    view = getattr(task_types.ALL[name], cell)
    missing = [method for method in methods(asked) if not callable(getattr(view, method, None))]
    assert not missing
    for method in methods(asked):
        wanted = [one for one in inspect.signature(getattr(asked, method)).parameters if one != "self"]
        assert list(inspect.signature(getattr(view, method)).parameters) == wanted, method


@pytest.mark.parametrize(
    ("stored", "name"),
    [({}, "classification"), ({"targets": "classes"}, "classification"), ({"targets": "texts"}, "transcription"),
     ({"targets": "items"}, "ranking"), ({"task_type": "ranking"}, "ranking")],
)  # fmt: skip
def test_data_that_were_read_before_have_their_type_and_are_kept_under_its_present_name(tmp_path, stored, name):
    facts = {"digest": "d1", "case": "speech", "name": "old", "classes": ["a", "b"], "reader": 1, **stored}
    (tmp_path / "facts.json").write_text(json.dumps(facts))
    dataset = Dataset.open(tmp_path)
    assert dataset.task_type.name == name
    dataset.save(pd.DataFrame({"name": ["one"]}), pd.DataFrame({"name": [], "reason": []}))
    assert json.loads((tmp_path / "facts.json").read_text())["task_type"] == name


COUNTED = {
    "classification": ("30 examples in 3 classes;", "Stratified split:", "Classes"),
    "transcription": ("24 transcribed recordings", "Random split.", "Words"),
    "ranking": ("users with 30 items;", "Leave last out:", "Users with positive interactions"),
}


@pytest.mark.parametrize("name", task_types.ALL)
def test_the_check_counts_draws_and_says_how_the_data_are_divided(data, open_page, name):
    dataset = data(SHOWN_BY[name])
    app = open_page(dataset.case, data="d1")
    counted, divided, metric = COUNTED[name]
    told = [*(box.value for box in app.success), *said(app)]
    assert any(counted in text for text in told) and any(divided in text for text in told)
    assert metric in {one.label for one in app.metric} and "plot" in {one.partition("_")[0] for one in drawn(app)}
    [views] = [one for one in app.button_group if one.label == "Data view"]
    for view in ("found", "sizes", "aside", "changes", "labels"):
        app = sound(views.set_value(view).run())
        [views] = [one for one in app.button_group if one.label == "Data view"]
    amounts = task_types.of(dataset).check.amounts(datasets.opened(dataset_rows.by_id("d1", "local")))
    assert amounts and min(amounts.values()) > 0


EMPTY = {
    "classification": "Everything is excluded. At least two classes are needed",
    "transcription": "Everything is excluded. Recordings with transcripts are needed.",
    "ranking": "Everything is excluded. Items to recommend are needed.",
}


@pytest.mark.parametrize("name", task_types.ALL)
def test_data_left_out_whole_are_not_ready_and_it_is_said_in_words_of_the_type(data, open_page, name):
    dataset = data(SHOWN_BY[name])
    edits.add_all("local", "d1", dict.fromkeys(range(len(dataset.samples))))
    told = [error.value for error in open_page(dataset.case, data="d1").error]
    assert [text for text in told if text.startswith(EMPTY[name])]


EDITED = {
    "classification": ("Label: **", "selectbox", "New label"),
    "transcription": ("Transcript: **", "text_area", "Transcript"),
    "ranking": ("Title: **", "text_input", "Title"),
}


@pytest.mark.parametrize("name", task_types.ALL)
def test_a_label_is_told_and_changed_in_a_field_of_the_type(data, open_page, name):
    dataset = data(SHOWN_BY[name])
    app = open_page(dataset.case, data="d1", look="0")
    told, kind, label = EDITED[name]
    assert any(told in text for text in said(app))
    assert [field for field in app.get(kind) if field.label == label]
    edits.add("local", "d1", 0, "quite another")
    app = open_page(dataset.case, data="d1", look="0")
    assert any("Corrected; original" in text for text in said(app))


@pytest.mark.parametrize("name", task_types.ALL)
def test_the_network_that_would_learn_is_drawn_where_there_is_one_to_draw(data, open_page, name):
    app = open_page(data(SHOWN_BY[name]).case, data="d1")
    assert ("network" in drawn(app)) is (name != "transcription")  # there is no head beside it


SAID = {
    "classification": ("**Not significantly different from", "ONNX check: same label"),
    "transcription": ("**Better than every baseline** on the test set.", "ONNX check: same text"),
    "ranking": ("All items new to a user are ranked.", "ONNX check: same top item"),
}  # fmt: skip
TABLE = {
    "classification": "Result: a table of file name, prediction, probability and the next two classes.",
    "transcription": "Result: a table of file name and transcript.",
    "ranking": "Result: a table of users with their top three items and scores.",
}
TRIED = {"classification": "trying_pictures", "transcription": "trying_sounds"}


def tries(app, name):
    """Whether there is what a new thing is given by: a component of its own, or a choice of titles."""
    return TRIED[name] in drawn(app) if name in TRIED else bool([m for m in app.multiselect if "_picks" in m.key])


@pytest.mark.parametrize("name", task_types.ALL)
def test_a_run_is_followed_evaluated_tried_and_taken_along(run, open_page, name):
    made = run(SHOWN_BY[name])
    view = task_types.of_run(made).evaluation
    app = open_page(made.case, run=made.id)
    headline, agreed = SAID[name]
    assert has(app, headline) and has(app, agreed) and tries(app, name)
    app.session_state[f"fold_4_{made.id}"] = True
    [live] = shown(sound(app.run()), "live")
    assert live["words"]["probes_hint"] and live["words"]["metric_alt"]
    for see in view.views():
        if (name, see) != ("classification", "map"):  # which a job draws first
            assert open_page(made.case, run=made.id, see=see).session_state[f"see_{made.id}"] == see
    [way] = [one for one in app.button_group if one.key == f"try_{made.id}"]
    app = sound(way.set_value("many").run())
    assert TABLE[name] in [zone["words"].get("hint") for zone in shown(app, "uploading")]


@pytest.mark.parametrize("name", task_types.ALL)
def test_runs_of_a_type_are_compared_and_shared(run, open_page, name):
    made = run(SHOWN_BY[name])
    other = records.create_run("local", "fine_tune", made.case, "again", dataset="d1", settings=made.settings, edits={})
    queue.claim_here(other)
    paths.run(other).mkdir(parents=True, exist_ok=True)
    (paths.run(other) / "predictions.parquet").write_bytes((paths.run(made.id) / "predictions.parquet").read_bytes())
    queue.end(other, "done", result=made.result)
    app = open_page("runs", compare=f"{made.id},{other}")
    assert "Both are correct on exactly the same examples." in "\n".join(said(app))
    app = open_page("demo", t=shares.create(made, days=7, examples=True))
    assert tries(app, name) and verdict.simply(made) in said(app)
    app = open_page("watch", t=shares.create(made, days=7, kind=shares.WATCH))
    assert task_types.of_run(made).evaluation.tested(made) in given(app, "casebook_hero").values()


@pytest.mark.parametrize("name", task_types.ALL)
def test_how_many_of_a_batch_have_an_answer_is_told(run, open_page, name):
    made = run(SHOWN_BY[name])
    job = records.create_run("local", "predict", made.case, "new.zip", subject=made.id, settings=made.settings)
    queue.claim_here(job)
    queue.end(job, "done", result={"items": 3, "named": {}, "aside": 1, "noted": 0, "told": []})
    app = open_page(made.case, run=made.id)
    [way] = [one for one in app.button_group if one.key == f"try_{made.id}"]
    app = sound(way.set_value("many").run())
    counted = "3 users predicted, 1 failed" if name == "ranking" else "3 predicted. 1 failed."
    assert any(counted in text.replace("\\", "") for text in said(app))
