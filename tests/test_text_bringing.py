"""Texts are brought as tables or typed, their columns can be chosen anew, and what was chosen is kept with the data."""

from __future__ import annotations

import json
import os
import signal

import pytest
from opened_pages import opened, sound

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


def upload_of(content, name):
    """What the upload route keeps of a table: its number and its size."""
    upload = records.new_id()
    path = paths.uploads() / upload
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    upload_rows.add("local", upload, name, path.stat().st_size, data_import.sha256_of(path))
    return upload, path.stat().st_size


def bring(content, name="said.csv"):
    """Queue the reading of a table that comes alone, as the upload route does."""
    upload, _size = upload_of(content, name)
    return records.create_run("local", "read", CASE, name, parts=[{"upload": upload, "split": ""}])


def collect(draft, content, name, **more):
    """Add a table to a collection."""
    upload, size = upload_of(content, name)
    draft_files.add(draft, draft_files.DraftFile(upload, name, size, **more))


def work(identity):
    """The run, once the reading that is queued was done."""
    worker.work(queue.claim(["read"], 0))
    return records.run(identity, "local")


def labels(run):
    return sorted(set(Dataset.open(paths.datasets() / run.dataset).samples["label"]))


def uploaded():
    return list(paths.uploads().iterdir())


def open_page(**address):
    return opened("text_analysis.py", **address)


def press(app, key, reading=None):
    """The run that reads what the page asks for by this button."""
    sound(app.button(key=key).click().run())
    return work(reading or app.query_params["read"])


def read_again(app, key, reading=None, **chosen):
    """The same, with columns chosen first."""
    for role, column in chosen.items():
        app.selectbox(key=f"columns_{key}_{role}").select(column)
    return press(sound(app.run()), f"columns_{key}_again", reading)


def fields(app, key):
    """What each field for a column says now."""
    return {role: app.selectbox(key=f"columns_{key}_{role}").value for role in ("text", "label", "part")}


def test_a_table_is_read_and_kept_with_how_it_was_understood_and_not_read_again_once_its_data_are_deleted():
    run = work(bring(TABLE.encode("gb18030")))
    assert (run.status, labels(run)) == ("done", ["a", "b"])
    [seen] = originals.of("local", run.dataset)
    assert [(column.name, column.role) for column in seen.columns] == [
        ("number", ""), ("said", "text"), ("mood", "label"), ("place", "")
    ]  # fmt: skip
    assert seen.lines[0] == ("0", "the soup we had was soup", "a", "x")
    dataset_deletion.remove("local", run.dataset)
    with pytest.raises(InputError, match="The data set of this run no longer exists"):
        originals.read_again("local", run.dataset, {"label": "place"})
    assert uploaded() == []


def test_a_table_that_is_none_is_not_kept_and_an_origin_of_the_old_kind_is_still_read():
    run = work(bring(bytes(range(32)) * 40))
    assert (run.status, uploaded(), originals.noted(run.id)) == ("failed", [], [])
    assert not drafts.reopen("local", run.id)
    folder, parts = paths.datasets() / "old", [{"name": "a.zip", "sha256": "0", "part": "", "class": ""}]
    folder.mkdir(parents=True)
    (folder / "origin.json").write_text(json.dumps(parts))
    dataset_rows.add("local", "old", "text_analysis", "old", sample=False)
    assert provenance.of("local", "old") == provenance.Origin([{**part, "step": 1} for part in parts])


def test_the_page_shows_the_columns_and_reads_again_with_others():
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
    again = read_again(app, run.dataset, label="place")
    assert (again.settings["columns"], labels(again)) == ({"label": "place"}, ["x", "y"])
    assert dataset_rows.by_id(run.dataset, "local")


def scored(scores):
    """The run that read texts of these scores."""
    lines = (f"{score},text {number} of {number * 7}\n" for number, score in enumerate(scores))
    return work(bring("score,text\n" + "".join(lines)))


def test_one_press_reads_scores_as_ranges_and_another_as_they_are():
    run = scored([*range(50)] * 2)
    app = open_page(data=run.dataset)
    pressed = f"columns_{run.dataset}_refused"
    assert (len(labels(run)), app.button(key=pressed).label) == (50, "Group into ranges")
    assert app.button(key="gate_labels").label == "Group into ranges"  # also where there are too few of each to go on
    again = press(app, pressed)
    ranges = ["1 (≤ 9)", "2 (9 – 20)", "3 (20 – 30)", "4 (30 – 40)", "5 (> 40)"]
    assert (again.settings["columns"], labels(again)) == ({"labels": "bins 9 20 30 40"}, ranges)
    app = open_page(data=again.dataset)
    pressed = f"columns_{again.dataset}_refused"
    assert app.button(key=pressed).label == "Keep the labels as they are"
    assert len(labels(press(app, pressed))) == 50


def test_before_small_classes_are_excluded_the_check_offers_to_group_amounts_into_ranges():
    app = open_page(data=scored([*range(0, 100, 5)] * 10 + [*range(1, 100, 5)]).dataset)
    keys = [one.key for one in app.button]
    assert keys.index("gate_labels") < keys.index("gate_alone")
    assert app.button(key="gate_labels").label == "Group into ranges"
    assert [one.value for one in app.info if "column “score” looks like numbers: 40 values" in one.value]
    again = press(app, "gate_labels")
    assert len(labels(again)) == 5
    assert "gate_labels" not in {one.key for one in open_page(data=again.dataset).button}


def test_one_choice_of_a_column_goes_for_all_tables_that_were_brought_at_once():
    draft = drafts.begin("local", CASE)
    for name, lines in (("one.csv", LINES[:6]), ("two.csv", LINES[6:])):
        collect(draft, HEADING + "".join(lines), name)
    drafts.read("local", draft)
    app = open_page(data=work(draft).dataset)
    told = "Not right? Choose the columns and import again. Your choice applies to all tables."
    assert told in [markdown.value for markdown in app.markdown]
    again = read_again(app, records.run(draft, "local").dataset, label="place")
    samples = Dataset.open(paths.datasets() / again.dataset).samples
    assert samples["label"].tolist() == ["x", "x", "y"] * 4
    assert samples["name"].str.split(":").str[0].value_counts().to_dict() == {"one.csv": 6, "two.csv": 6}


def test_after_a_failure_the_page_reads_the_collection_with_the_columns_chosen():
    reader = bring(UNCLEAR)
    assert work(reader).status == "failed"
    app = open_page(read=reader)
    assert app.query_params["draft"] == reader
    assert app.error[0].value.startswith("The table “said\\.csv” holds texts but no class column.")
    assert fields(app, reader) == {"text": "2", "label": None, "part": ""}
    run = read_again(app, reader, reader, label="4")
    assert (run.status, run.settings) == ("done", {"columns": {"label": "4"}})
    assert labels(run) == [f"kind {n}" for n in range(5)]
    assert uploaded() == []


def test_what_is_typed_for_a_class_is_a_text_a_line():
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
    samples = Dataset.open(paths.datasets() / press(app, f"{CASE}_read", draft).dataset).samples
    assert dict(zip(samples["text"], samples["label"], strict=True)) == {
        "good food": "praise", "lovely room": "praise", "bad food": "blame", "awful room": "blame",
        "never again": "blame",
    }  # fmt: skip


def test_a_folder_of_tables_is_no_class_and_lines_without_a_class_are_a_table():
    drafted = [drafts.begin("local", CASE) for _ in range(2)]
    lines = (json.dumps({"text": f"words {n} here", "label": "ab"[n % 2]}) for n in range(8))
    collect(drafted[0], "\n".join(lines), "train.jsonl", folder="mine")
    assert drafts.add_lines("local", drafted[1], "".join(f"words {n}\t{'ab'[n % 2]}\n" for n in range(8)), "", "")
    for draft in drafted:
        drafts.read("local", draft)
        assert labels(work(draft)) == ["a", "b"]


def test_a_reading_that_was_killed_is_taken_up_again_with_its_columns(at_station, tokens_at_hand):
    tokens_at_hand(at_station.home)
    first = at_station.ended(bring(TABLE))
    identity = originals.read_again("local", first.dataset, {"label": "place"})
    run = at_station.until(identity, lambda run: run.status == "running" and run.pid)
    os.kill(run.pid, signal.SIGKILL)
    run = at_station.ended(identity)
    assert (run.status, run.attempt, labels(run)) == ("done", 2, ["x", "y"])
    assert labels(first) == ["a", "b"]


def test_clusters_are_offered_for_texts_without_classes_and_not_for_column_names_alone():
    for given, offered in ((b"text\nlovely\nawful\n", True), (b"text,label\n", False)):
        reader = bring(given)
        assert work(reader).status == "failed"
        app = open_page(read=reader)
        assert any(button.label == "Cluster these texts" for button in app.button) == offered


def test_a_person_chooses_the_encoding_and_sees_the_text_at_once():
    reader = bring("text,label\n好吃,1\n难吃,0\n".encode("gb18030"))
    assert work(reader).status == "failed"
    app = open_page(read=reader)
    assert not any(button.label == "Cluster these texts" for button in app.button)
    assert app.warning[0].value.startswith("The encoding of “said\\.csv” could not be detected.")
    assert app.selectbox(key=f"columns_{reader}_encoding").value is None and not app.code
    assert app.button(key=f"columns_{reader}_again").disabled
    app.selectbox(key=f"columns_{reader}_encoding").select("gb18030")
    sound(app.run())
    assert [code.value for code in app.code] == ["好吃,1\n难吃,0"]
    run = press(app, f"columns_{reader}_again", reader)
    assert (run.status, run.settings) == ("done", {"columns": {"encoding": "gb18030"}})
    assert labels(run) == ["0", "1"]


def test_an_encoding_that_was_found_can_be_changed():
    run = work(bring("text,label\n这家店的菜很好吃，服务也很好,1\nno,0\n".encode("gb18030")))
    assert run.status == "done"
    app = open_page(data=run.dataset)
    field = app.selectbox(key=f"columns_{run.dataset}_encoding")
    assert (field.value, app.button(key=f"columns_{run.dataset}_again").disabled) == ("gb18030", True)
    field.select("cp949")
    sound(app.run())
    assert not app.button(key=f"columns_{run.dataset}_again").disabled
    assert "这家店" not in app.code[0].value
