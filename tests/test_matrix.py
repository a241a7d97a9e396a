"""Task types and modalities by screens: each cell is there and draws. Whoever adds one is told here what is missing."""

from __future__ import annotations

import inspect
import json
from dataclasses import fields

import made_items
import made_speech
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from evaluation_page import BOTH, answered, said, sound, starting
from sounds import encoded, tone
from streamlit.testing.v1 import AppTest
from test_text_pages import shown
from told import given

import cases
from cases import task_types as of_labels
from cases.base import UploadedFile, WorkDirs
from cases.dataset import Dataset
from cases.settings import as_json
from cases.speech.transcription.evaluation import Judge
from models.pretrained import catalog
from models.progress import QUIET
from pages import modalities, task_types
from pages.task_types import base, verdict
from runs import paths
from runs.jobs import data_import
from runs.results import predictions
from runs.store import dataset_rows, datasets, edits, queue, records, shares

CLASSES = ("moss", "rust", "slate")
EXACT = {"items": 30, "same": 30, "largest_difference": 1e-6, "close": []}
TOLD = {"peak_memory_mb": 512.0, "seconds": {"train": 1.0}, "bundle": "bundle.zip"}
PARTS = {"train": 1, "validation": 1, "test": 30, "set_aside": 0}


def read(case, *files):
    parts = [UploadedFile(path, path.name) for path in files]
    return data_import.into_dataset(case, parts, "d1", QUIET)


def images(folder, zip_of, draw):
    return read("image_recognition", zip_of(folder / "noise.zip", draw(10)))


def texts(folder, zip_of, draw):
    """As they are read, without a tokenizer that counts."""
    there = paths.datasets() / "d1"
    there.mkdir(parents=True)
    written = [f"text number {number}" for number in range(30)]
    samples = pd.DataFrame({
        "name": [f"texts.csv:{row + 2}" for row in range(30)], "file": "", "label": np.repeat(CLASSES, 10), "split": "",
        "text": written, "characters": 14, "tokens": 5, "language": "en", "same": -1, "alike": -1,
    })  # fmt: skip
    made = Dataset(there, "d1", "text_analysis", "texts", CLASSES)
    made.save(samples, pd.DataFrame({"name": [], "reason": []}))
    return made


def recordings(folder, zip_of, draw):
    made = {f"{CLASSES[n // 10]}/{n:02}.wav": encoded(tone(0.3 + n / 100, 200 + 20 * n)) for n in range(30)}
    return read("speech", zip_of(folder / "tones.zip", made))


def transcripts(folder, zip_of, draw):
    (folder / "speech.zip").write_bytes(made_speech.archive(24))
    return read("speech", folder / "speech.zip")


def interactions(folder, zip_of, draw):
    files = folder / "ratings.csv", folder / "books.csv"
    for path, content in zip(files, made_items.tables(), strict=True):
        path.write_text(content, "utf-8")
    return read("recommendation", *files)


MADE = {"image": images, "text": texts, "audio": recordings, "transcript": transcripts, "item": interactions}
SHOWN_BY = {"classification": "image", "transcription": "transcript", "ranking": "item"}  # task type → data it has here


def begun(dataset, **settings):
    chosen = as_json(cases.get(dataset.case).Settings(**settings))
    made = records.create_run("local", "fine_tune", dataset.case, dataset.case, dataset="d1", settings=chosen, edits={})
    queue.claim_here(made)
    paths.run(made).mkdir(parents=True, exist_ok=True)
    return made, {**TOLD, "settings": chosen, "model": chosen["model"]}


def ended(made, result):
    queue.end(made, "done", result=json.loads(json.dumps(result)))
    return records.run(made, "local")


def classified(dataset, folder):
    """A run that took eight of its thirty test items for the next class."""
    made, told = begun(dataset)
    labels = dataset.samples["label"].map({name: n for n, name in enumerate(dataset.classes)}).to_numpy()
    wrong = np.where(np.arange(30) % 4, labels, (labels + 1) % 3)
    answered(dataset.classes, labels, wrong, 0.9).save(paths.run(made) / predictions.FOLDER)
    table = pd.DataFrame({"id": range(30), "label": dataset.samples["label"],
                          "predicted": [dataset.classes[n] for n in wrong]})  # fmt: skip
    table.to_parquet(paths.run(made) / "predictions.parquet")
    return ended(made, {**told, "test": BOTH, "references": {"majority": BOTH, "frozen_features": BOTH},
                        "data": PARTS, "onnx": EXACT})  # fmt: skip


def transcribed(dataset, folder):
    """A run that heard two words wrong, where the untouched model had heard none right."""
    made, told = begun(dataset, task="transcribe")
    judge, labels = Judge("en"), dataset.samples["label"].tolist()
    heard = ["hello" if n in (0, 2) else text for n, text in enumerate(labels)]
    table = judge.table(np.arange(24), labels, heard, ["what"] * 24, confidence=[0.9] * 24)
    table.to_parquet(paths.run(made) / "predictions.parquet")
    return ended(made, {
        **told, "test": judge.figures(labels, heard), "data": {**PARTS, "test": 24},
        "references": {"untouched": judge.figures(labels, ["what"] * 24)},
        "onnx": {"items": 24, "same": 23, "close": ["03.wav"]},
    })  # fmt: skip


def ranked(dataset, folder):
    """A run of the smallest network that ranks, really trained: its lists go back to its bundle."""
    from cases.recommendation.trainer import build

    chosen = {**made_items.QUICK, "network": "factors", "epochs": 1}
    made, told = begun(dataset, **chosen)
    trainer = build(cases.get("recommendation").Settings(**chosen), dataset,
                    WorkDirs(paths.run(made), folder / "cache"), QUIET)  # fmt: skip
    trainer.fit(QUIET)
    evaluation = trainer.evaluate(QUIET)
    evaluation.predictions.to_parquet(paths.run(made) / "predictions.parquet")
    result = {"data": {**trainer.counts, "set_aside": 0}, "test": evaluation.metrics,
              "references": trainer.references, **evaluation.more}  # fmt: skip
    known = trainer.save(paths.run(made) / "bundle", result, QUIET)
    return ended(made, {**result, **known, **told})


RUNS = {"image": classified, "text": classified, "audio": classified, "transcript": transcribed, "item": ranked}


@pytest.fixture
def data(tmp_path, zip_of, pictures):
    """Make the small data called so; pages then find them as d1."""

    def make(name):
        dataset = MADE[name](tmp_path, zip_of, pictures)
        dataset_rows.add("local", "d1", dataset.case, dataset.name, sample=False)
        return dataset

    return make


@pytest.fixture
def run(data, tmp_path):
    """A run on them that is done."""
    return lambda name: RUNS[name](data(name), tmp_path)


@pytest.fixture
def open_page():
    def opening(page, **address):
        app = AppTest.from_file(str(ROOT / "pages/frame.py"), default_timeout=60)
        app.context = {"locale": "en-GB", "timezone": "Europe/London"}
        app.query_params.update(address)
        app.run()
        app.query_params.update(address)
        return sound(app.switch_page(f"{page}.py").run())

    return opening


def drawn(app):
    """The names of the components on the page."""
    return {e.proto.component_name.removeprefix("casebook_") for e in app.get("bidi_component")}


def has(app, beginning):
    return bool(starting(app, beginning))


def methods(protocol):
    return [name for name, one in inspect.getmembers(protocol, inspect.isfunction) if not name.startswith("_")]


def test_every_task_of_a_case_has_a_type_and_every_type_its_screens():
    assert set(task_types.ALL) == {one.name for one in of_labels.ALL}
    assert {task.task_type for name in cases.NAMES for task in cases.get(name).tasks} == set(of_labels.ALL)
    assert {cases.get(name).modality for name in cases.NAMES} >= set(modalities.ALL)
    assert all(isinstance(modalities.of(name), modalities.Modality) for name in cases.NAMES)


def test_every_pretrained_model_is_for_a_modality_that_a_case_has():
    assert {known.modality for known in catalog.all_models()} <= {cases.get(name).modality for name in cases.NAMES}


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
    "ranking": ("users with 30 items;", "Leave last out:", "Users"),
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
    "transcription": ("**Better than every baseline**.", "ONNX check: same text"),
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


LISTED = {"image": "gallery", "text": "passages", "audio": "recordings", "item": "passages"}


@pytest.mark.parametrize("name", modalities.ALL)
def test_items_are_listed_and_one_is_shown_large(data, open_page, name):
    dataset = data(name)
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


@pytest.mark.parametrize("name", modalities.ALL)
def test_the_words_for_a_modality_are_whole_where_it_is_classified(name):
    modality = modalities.ALL[name]
    left_out = {one.name for one in fields(modality) if getattr(modality, one.name) == ""}
    classified = {"layout", "marked", "few_tested", "expected", "no_mistake", "promised", "recognised", "looked",
                  "asking", "explained", "lent", "lent_help", "with_lent", "fits", "recognises"}  # fmt: skip
    assert left_out <= (classified if modality.form is None else {"layout", "marked"})


@pytest.mark.parametrize("name", modalities.ALL)
def test_an_item_as_an_explanation_takes_it_is_found_by_a_browser(data, name):
    dataset = data(name)
    original = modalities.ALL[name].original(Dataset.open(dataset.folder), 0)
    assert set(original) == {"image": {"picture"}, "audio": {"picture", "sound", "seconds"}}.get(name, {"text"})
