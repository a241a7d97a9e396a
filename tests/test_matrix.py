"""Task types and modalities by screens: each cell is there and draws. Whoever adds one is told here what is missing."""

from __future__ import annotations

import pytest
from evaluation_page import said, starting
from made_runs import data, drawn, open_page, run
from opened_pages import sound
from test_text_pages import shown
from told import given

import cases
from cases import task_types as of_labels
from cases.dataset import Dataset
from pages import modalities, task_types
from pages.task_types import verdict
from runs import paths
from runs.store import dataset_rows, datasets, edits, queue, records, shares

__all__ = ["data", "open_page", "run"]  # fixtures


SHOWN_BY = {"classification": "image", "transcription": "transcript", "ranking": "item"}  # task type → data it has here


def has(app, beginning):
    return bool(starting(app, beginning))


def test_every_task_of_a_case_has_a_type_and_every_type_its_screens():
    assert set(task_types.ALL) == {one.name for one in of_labels.ALL}
    assert {task.task_type for name in cases.NAMES for task in cases.get(name).tasks} == set(of_labels.ALL)
    assert {cases.get(name).modality for name in cases.NAMES} >= set(modalities.ALL)
    assert all(isinstance(modalities.of(name), modalities.Modality) for name in cases.NAMES)


CHECKED = {  # type → what its check counts, how it divides, a figure; what it says where nothing is left
    "classification": ("30 examples in 3 classes;", "Stratified split:", "Classes",
                       "Everything is excluded. At least two classes are needed"),
    "transcription": ("24 transcribed recordings", "Random split.", "Words",
                      "Everything is excluded. Recordings with transcripts are needed."),
    "ranking": ("users with 30 items;", "Leave last out:", "Users with positive interactions",
                "Everything is excluded. Items to recommend are needed."),
}  # fmt: skip
EDITED = {
    "classification": ("Label: **", "selectbox", "New label"),
    "transcription": ("Transcript: **", "text_area", "Transcript"),
    "ranking": ("Title: **", "text_input", "Title"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", task_types.ALL)
def test_the_check_counts_draws_divides_and_changes_in_words_of_the_type(data, open_page, name):
    dataset = data(SHOWN_BY[name])
    app = open_page(dataset.case, data="d1")
    counted, divided, metric, empty = CHECKED[name]
    told = [*(box.value for box in app.success), *said(app)]
    assert any(counted in text for text in told) and any(divided in text for text in told)
    assert metric in {one.label for one in app.metric} and "plot" in {one.partition("_")[0] for one in drawn(app)}
    assert ("network" in drawn(app)) is (name != "transcription")  # there is no head beside it
    for view in ("found", "sizes", "aside", "changes", "labels"):
        [views] = [one for one in app.button_group if one.label == "Data view"]
        app = sound(views.set_value(view).run())
    amounts = task_types.of(dataset).check.amounts(datasets.opened(dataset_rows.by_id("d1", "local")))
    assert amounts and min(amounts.values()) > 0

    edits.add("local", "d1", 0, "quite another")
    app = open_page(dataset.case, data="d1", look="0")
    told, kind, label = EDITED[name]
    assert any(told in text for text in said(app)) and any("Corrected; original" in text for text in said(app))
    assert [field for field in app.get(kind) if field.label == label]
    edits.add_all("local", "d1", dict.fromkeys(range(len(dataset.samples))))
    assert [one for one in open_page(dataset.case, data="d1").error if one.value.startswith(empty)]


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


@pytest.mark.slow
@pytest.mark.parametrize("name", task_types.ALL)
def test_a_run_is_followed_evaluated_tried_and_taken_along(run, open_page, name):
    made = run(SHOWN_BY[name])
    job = records.create_run("local", "predict", made.case, "new.zip", subject=made.id, settings=made.settings)
    queue.claim_here(job)
    queue.end(job, "done", result={"items": 3, "named": {}, "aside": 1, "noted": 0, "told": []})
    view = task_types.of_run(made).evaluation
    app = open_page(made.case, run=made.id)
    headline, agreed = SAID[name]
    assert has(app, headline) and has(app, agreed) and tries(app, name)
    app.session_state[f"fold_4_{made.id}"] = True
    [live] = shown(sound(app.run()), "live")
    assert live["words"]["probes_hint"] and live["words"]["metric_alt"]
    [way] = [one for one in app.button_group if one.key == f"try_{made.id}"]
    app = sound(way.set_value("many").run())
    assert TABLE[name] in [zone["words"].get("hint") for zone in shown(app, "uploading")]
    counted = "3 users predicted, 1 failed" if name == "ranking" else "3 predicted. 1 failed."
    assert any(counted in text.replace("\\", "") for text in said(app))
    for see in view.views():
        if (name, see) != ("classification", "map"):  # which a job draws first
            assert open_page(made.case, run=made.id, see=see).session_state[f"see_{made.id}"] == see

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
    assert view.tested(made) in given(app, "casebook_hero").values()


LISTED = {"image": "gallery", "text": "passages", "audio": "recordings", "item": "passages"}


@pytest.mark.parametrize("name", modalities.ALL)
def test_items_are_listed_shown_large_and_found_by_a_browser_as_an_explanation_takes_them(data, open_page, name):
    dataset = data(name)
    original = modalities.ALL[name].original(Dataset.open(dataset.folder), 0)
    assert set(original) == {"image": {"picture"}, "audio": {"picture", "sound", "seconds"}}.get(name, {"text"})
    edits.add("local", "d1", 0, "quite another")
    app = open_page(dataset.case, data="d1", show="changed:all")
    assert LISTED[name] in drawn(app)
    app = open_page(dataset.case, data="d1", look="0")
    assert LISTED[name] in drawn(app)


@pytest.mark.parametrize("name", [name for name, one in modalities.ALL.items() if one.form])
def test_an_item_is_given_to_a_model_and_its_answer_explained(run, open_page, name):
    made, modality = run(name), modalities.ALL[name]
    forms = {"image": "trying_pictures", "text": "trying_texts", "audio": "trying_sounds"}
    app = open_page(made.case, run=made.id)
    [trying] = shown(app, forms[name])
    assert len(trying["examples"]) == 12 and not trying["written"]
    app.session_state[f"tried_{made.id}"] = {"row": int(trying["examples"][0]["id"])}
    app.session_state[f"looked_{made.id}"] = True
    [explained] = shown(sound(app.run()), "explanation")
    assert explained["layout"] == modality.layout and explained["words"]["running"] == modality.asking
    assert explained["words"]["explained"] == modality.explained  # with it, not before it
    assert modality.explained not in said(app)
