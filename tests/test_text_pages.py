"""The pages of a case that learns from texts: what they say, and how texts are shown and tried."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from evaluation_page import VIEWS, answered, said, starting
from opened_pages import opened, sound

import cases
from cases.dataset import Dataset
from cases.settings import as_json
from pages.components import items
from pages.task_types.classification import evaluation, standalone
from runs import paths
from runs.jobs import doubts
from runs.results import predictions, test_examples
from runs.store import dataset_rows, queue, records, shares

FIGURE = {"value": 0.75, "low": 0.6, "high": 0.9}
BOTH = {"accuracy": FIGURE, "macro_f1": FIGURE}
LABELS = ("好评", "差评", "neutral")
UNLIKE = "Texts in a language the model did not learn from: {n:,}. Their probabilities mean little."
ODD = "**loud** :red[hot] <b>bold</b> $x$"


@pytest.fixture
def dataset():
    """Thirty texts of three classes; one is full of markup, one has a million characters."""
    return data_of([ODD, "很" * 1_000_000, *(f"text number {number}" for number in range(2, 30))], "en")


def data_of(texts, language):
    folder = paths.datasets() / "d1"
    folder.mkdir(parents=True)
    samples = pd.DataFrame({
        "name": [f"texts.csv:{row + 2}" for row in range(30)], "file": "", "label": np.repeat(LABELS, 10), "split": "",
        "text": texts, "characters": [len(text) for text in texts], "tokens": 5, "language": language, "same": -1,
        "alike": -1,
    })  # fmt: skip
    made = Dataset(folder, "d1", "text_analysis", "texts", tuple(sorted(LABELS)))
    made.save(samples, pd.DataFrame({"name": [], "reason": []}))
    dataset_rows.add("local", "d1", "text_analysis", "texts", sample=False)
    return made


@pytest.fixture
def run(dataset):
    return finished(dataset)


def finished(dataset, **more):
    """A run that is done, and took eight of its thirty test texts for the next class; `more`: of its result."""
    numbers = {name: number for number, name in enumerate(dataset.classes)}
    labels = dataset.samples["label"].map(numbers).to_numpy()
    outcome = answered(dataset.classes, labels, np.where(np.arange(30) % 4, labels, (labels + 1) % 3), 0.9)
    chosen = as_json(cases.get("text_analysis").Settings())
    made = records.create_run("local", "fine_tune", "text_analysis", "texts", dataset="d1", settings=chosen, edits={})
    outcome.save(paths.run(made) / predictions.FOLDER)
    queue.claim_here(made)
    queue.end(made, "done", result={
        "test": BOTH, "references": {"majority": BOTH, "frozen_features": BOTH}, "peak_memory_mb": 512.0,
        "data": {"train": 1, "validation": 1, "test": 30, "set_aside": 0}, "seconds": {"train": 1.0},
        "model": chosen["model"], "settings": chosen, "bundle": "bundle.zip", "onnx": {
            "items": 30, "same": 30, "largest_difference": 1e-6, "close": []},
        **more,
    })  # fmt: skip
    return records.run(made, "local")


@pytest.fixture
def open_page():
    return lambda page="text_analysis.py", **more: opened(page, **more)


def shown(app, name):
    """What the page gave to the components of this name."""
    of = [e.proto for e in app.get("bidi_component") if e.proto.component_name == f"casebook_{name}"]
    return [json.loads(proto.json) for proto in of]


@pytest.mark.slow
@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_every_view_of_an_evaluation_opens_in_both_languages_and_puts_no_text_into_markdown(open_page, run, locale):
    app = open_page(locale=locale, run=run.id, see=VIEWS[-1])
    for see in (VIEWS[-1], *VIEWS[:-1]):
        app = sound(app.segmented_control(key=f"see_{run.id}").set_value(see).run())
        assert app.session_state[f"see_{run.id}"] == see
        assert not [text for text in said(app) if "picture" in text or "图片" in text or "loud" in text]
    [hero] = shown(app, "hero")
    of = {"en-GB": "22 of 30 test examples, never used in training"}.get(locale, hero["of"])
    assert (hero["value"], hero["of"]) == ("75.0%", of)


JUDGED = {"member": "word_counts", "way": "automatic", "part": "validation", "items": 50, "alone": 0.78,
          "together": 0.82, "factor": 1.2, "taken": True}  # fmt: skip


@pytest.mark.parametrize(("locale", "taken", "told"), [
    ("en-GB", False, "The network predicts without word counts (TF-IDF)."),
    ("zh-CN", True, "词频（TF-IDF）与网络共同预测：准确率 82.0%，不用词频时 78.0%。"),
])  # fmt: skip
def test_whether_word_counts_predict_too_is_said_with_what_they_bring(open_page, dataset, locale, taken, told):
    run = finished(dataset, trained={"epochs": 1, "steps": 1, "ensemble": {**JUDGED, "taken": taken}})
    assert any(text.startswith(told) for text in said(open_page(run=run.id, locale=locale)))


@pytest.mark.parametrize(("judged", "told"), [
    ({"part": "out_of_fold", "taken": False}, "gets only 70.0% right, of held-out ones 60.0%: **"),
    ({"part": "out_of_fold", "taken": True}, "gets only 70.0% right, of held-out ones 65.0%: **"),
    (None, "Of held-out ones 50.0% are right, 20 points less"),  # out of fold is what words say, too
])  # fmt: skip
def test_a_diagnosis_tells_of_held_out_examples_what_the_model_that_answers_says(open_page, dataset, judged, told):
    """Of 200 training examples 70% are right, of 40 validation examples 50%, and out of fold, with words, 30%."""
    labels, parts = np.arange(270) % 3, np.repeat(["train", "validation", "test"], [200, 40, 30])
    right = np.concatenate([np.arange(200) < 140, np.arange(40) < 20, np.arange(30) < 18])
    outcome = answered(dataset.classes, labels, np.where(right, labels, (labels + 1) % 3), 0.6, parts)
    outcome = replace(outcome, items=outcome.items.assign(id=np.arange(270) % 30))  # texts that the data have
    few = np.where(np.arange(240) < 72, labels[:240], (labels[:240] + 1) % 3)
    known = JUDGED | {"items": 240, "alone": 0.6, "together": 0.65}
    run = finished(dataset, trained={"ensemble": known | judged} if judged else {"epochs": 3.0})
    folds = answered(dataset.classes, labels[:240], few, 0.6, "train")
    folds = replace(folds, items=folds.items.assign(id=np.arange(240) % 30))
    replace(outcome, out_of_fold=folds).save(paths.run(run.id) / predictions.FOLDER)
    [found] = [text for text in said(open_page(run=run.id)) if "Even of its training examples" in text]
    assert told in found.replace("[**", "**")


def of(value):
    one = {"value": value, "low": value - 0.05, "high": value + 0.05}
    return {"accuracy": one, "macro_f1": one}


@pytest.mark.slow
def test_a_network_that_word_counts_outvote_is_shown_alone_and_adds_nothing(open_page, dataset):
    """Every figure is that of the word counts: the network was hardly trained, and is worse than its own probe."""
    judged = {"ensemble": JUDGED}
    known = {"majority": of(0.5), "frozen_features": of(0.8), "word_counts": of(0.85)}
    run = finished(dataset, test=of(0.85), references=known, alone=of(0.64), trained=judged)
    told = "network alone **64.0%**, TF-IDF word counts alone **85.0%**, both together **85.0%**."
    read = [text.replace("\\", "") for text in said(open_page(run=run.id))]
    assert f"On the test set: {told}" in read
    [found] = [text for text in read if "the network adds nothing" in text]
    assert "Every test figure is that of TF-IDF word counts, to the last digit" in found
    assert "Alone it reaches 64.0%, a linear probe on its own features 80.0%." in found
    assert "worse than its own linear probe" in found
    chinese = " ".join(said(open_page(run=run.id, locale="zh-CN")))
    assert "仅网络 **64.0%**" in chinese and "网络没有带来任何提升" in chinese
    well = finished(dataset, test=of(0.9), references=known, alone=of(0.82), trained=judged)
    told = said(open_page(run=well.id))
    assert not [text for text in told if "adds nothing" in text or "own linear probe" in text]
    older = finished(dataset, test=of(0.6), references=known, trained=judged)  # it shows what it has
    told = said(open_page(run=older.id))
    assert not [text for text in told if "both together" in text or "own linear probe" in text]
    assert any("82.0% correct, 78.0% without them" in text for text in told)


@pytest.mark.slow
def test_a_cell_and_a_class_show_their_texts_as_they_are_and_only_their_beginnings(open_page, run):
    [right] = shown(open_page(run=run.id, see="classes", cell="1-1"), "passages")
    texts = {passage["id"]: passage for passage in right["passages"]}
    assert texts["1"]["text"] == "很" * items.PREVIEW
    assert texts["2"] == {"id": "2", "text": "text number 2", "title": "好评", "note": "90.0%", "tone": "good"}
    [wrong] = shown(open_page(run=run.id, see="classes", cell="1-2"), "passages")
    assert [passage["text"] for passage in wrong["passages"]] == [ODD, "text number 4", "text number 8"]
    assert {(passage["title"], passage["tone"]) for passage in wrong["passages"]} == {("好评 → 差评", "bad")}
    [_examples, listed] = shown(open_page(data="d1", show="class:差评"), "passages")
    assert [passage["text"] for passage in listed["passages"]] == [f"text number {n}" for n in range(10, 20)]
    assert listed["passages"][0]["title"] == "texts.csv, line 12"


def test_a_batch_shows_what_it_is_least_certain_of_before_it_is_downloaded(open_page, run):
    job = records.create_run("local", "predict", "text_analysis", "new.csv", subject=run.id, dataset="d1",
                             settings=run.settings)  # fmt: skip
    told = [{"name": f"new.csv:{n}", "given": f"<b>{n}</b>", "picture": "", "answers": [["好评", share], ["差评", 0.1]]}
            for n, share in enumerate((0.3, 0.6, 0.9))]  # fmt: skip
    paths.run(job).mkdir(parents=True, exist_ok=True)
    doubts.write(paths.run(job), told)
    queue.claim_here(job)
    together = {"counted": {UNLIKE: 3}, "counted_names": {UNLIKE: ["new.csv:1", "<b>.csv:2"]}}
    queue.end(job, "done", result={"items": 5, "aside": 0, "named": {"好评": 4, "1 (≤ 30)": 1}, "told": [], **together})
    app = open_page(run=run.id)
    [way] = [one for one in app.segmented_control if one.key == f"try_{run.id}"]
    app = sound(way.set_value("many").run())
    [told] = [one.value for one in app.info]
    assert told == f"{UNLIKE.replace('{n:,}', '3')} See new\\.csv, line 1 · \\<b\\>\\.csv, line 2 · …."
    table = next(one.value for one in app.dataframe if "Prediction" in one.value)
    assert table["Text"].tolist() == ["<b>0</b>", "<b>1</b>", "<b>2</b>"]
    assert table["Probability"].tolist() == pytest.approx([30, 60, 90]) and starting(app, r"好评: 4 · 1 \(≤ 30\): 1")
    assert table["Verdict"].tolist() == ["not sure", "", ""]
    assert "Second prediction" in table and "Third prediction" not in table  # nothing that no row fills
    assert starting(app, "The 3 least confident of 5. The CSV file contains all.")
    (paths.run(job) / doubts.FILE).unlink()
    app = sound(app.run())
    assert not [one for one in app.dataframe if "Prediction" in one.value]


def test_short_texts_of_each_class_are_offered_to_try(open_page, run):
    rows = test_examples.rows(run)
    assert list(rows.values()) == ["neutral", "好评", "差评"] * 4
    assert [row for row in rows if rows[row] == "好评"] == [0, 2, 3, 4]  # row 1 is a long one
    [trying] = shown(open_page(run=run.id), "trying_texts")
    assert [example["text"] for example in trying["examples"][:2]] == ["text number 20", ODD]
    assert trying["words"]["title"] == "Type or paste a text" and trying["listening"]


def test_what_is_tried_is_explained_in_one_place_and_what_nobody_waits_for_is_given_up(open_page, run):
    app = open_page(run=run.id)
    strips = [one["passages"] for one in shown(app, "passages")]  # the surest of what is confused most
    assert len(strips) == 3 and all(passage["marks"] for strip in strips for passage in strip)
    assert starting(app, "In the first text of each confusion, coloured words support the prediction")
    asked = [one.settings["row"] for one in records.run_list("local", kind="explain")]
    assert sorted(asked) == sorted(int(strip[0]["id"]) for strip in strips)
    for row in (3, 4):
        app.session_state[f"tried_{run.id}"] = {"row": row}
        sound(app.run())
    [explanation] = shown(app, "explanation")
    assert (explanation["key"], explanation["layout"]) == ("row4", "words")
    asked = {one.settings["row"]: one.status for one in records.run_list("local", kind="explain")}
    assert (asked[3], asked[4]) == ("stopped", "queued")


def test_a_demo_speaks_of_texts_and_shows_none_unless_it_may(open_page, run):
    app = open_page("demo.py", t=shares.create(run, days=7))
    assert app.markdown[0].value == "Predicts which of 3 classes a text belongs to: neutral, 好评, 差评."
    assert "About **75** of 100 new texts like the training data are predicted correctly" in app.markdown[1].value
    [trying] = shown(app, "trying_texts")
    assert trying["examples"] == [] and not trying["listening"]
    [trying] = shown(open_page("demo.py", t=shares.create(run, days=7, examples=True)), "trying_texts")
    assert len(trying["examples"]) == 12


def test_of_few_test_examples_a_stranger_is_told_how_little_they_prove_and_numbers_are_no_title(run, monkeypatch):
    few = replace(run, result={**run.result, "data": {**run.result["data"], "test": 12}})
    assert evaluation.promise(few).startswith("In the test **9 of 12 examples** were predicted correctly. So few prove")
    assert evaluation.promise(run).startswith("About **75** of 100 new texts")
    perfect = {**run.result["test"], "accuracy": {"value": 1.0, "low": 0.93, "high": 1.0}}
    right = replace(run, result={**run.result, "test": perfect, "data": {**run.result["data"], "test": 40}})
    assert evaluation.promise(right).startswith(
        "In the test **all 40** examples were predicted correctly. Of 100 new ones it may be 93 to 100 (95% interval)."
    )
    assert standalone.title(run).startswith("Classifies texts: ")
    monkeypatch.setattr(standalone, "classes", lambda _run: ["0", "1"])
    assert standalone.title(run) == run.name


def test_an_english_reader_of_chinese_texts_draws_a_warning_and_one_click_takes_the_other(open_page):
    data_of([f"味道第{row}好" for row in range(30)], "zh")
    app = open_page(data="d1")
    assert not app.warning
    app.session_state["text_analysis_model_"] = "all-MiniLM-L6-v2"
    app = sound(app.run())
    [told] = [warning.value.replace("\\", "") for warning in app.warning]
    assert told.startswith("100% of the data is in Chinese. The model “all-MiniLM-L6-v2” supports English only.")
    buttons = {one.label: one for one in app.button}
    assert not buttons["Start fine-tuning"].disabled
    app = sound(buttons["Use multilingual-e5-small"].click().run())
    assert not app.warning and app.session_state["text_analysis_model_"] == "multilingual-e5-small"


@pytest.mark.parametrize(("locale", "comment"), [("en-GB", "# Cross-entropy"), ("zh-CN", "# 交叉熵")])
def test_each_step_of_a_run_shows_its_code_in_the_language_of_the_page(open_page, run, locale, comment):
    app = open_page(run=run.id, locale=locale)
    assert not app.get("code")
    app.session_state["fold_1_d1"] = True
    for number in range(1, 8):
        app.session_state[f"fold_{number}_{run.id}"] = True
        app.session_state[f"code_{number}_text_analysis_{run.id if number != 3 else ''}"] = True
    shown = [one.value for one in sound(app.run()).code]
    assert [any(begin in one for one in shown) for begin in (
        "pd.read_csv", "pd.crosstab", "AutoModel.from_pretrained", comment, "confusion", "argsort", "save_file",
    )] == [True] * 7  # fmt: skip
    assert any("Casebook: 0.750 (0.600 to 0.900)" in one for one in shown)
