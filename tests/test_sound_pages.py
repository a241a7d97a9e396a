"""The pages of a case that learns from sounds: what they say, and how sounds are shown, heard, collected and tried."""

from __future__ import annotations

import hashlib
import itertools

import numpy as np
import pytest
from evaluation_page import VIEWS, answered, said, starting
from made_runs import EXACT, PARTS, TOLD, ended
from opened_pages import opened, sound
from sounds import encoded, tone
from test_text_pages import BOTH, shown

import cases
from cases.dataset import Dataset
from cases.settings import as_json
from pages.steps.export import report_sections, static_content
from runs import paths
from runs.exports.report import document
from runs.results import predictions, test_examples
from runs.store import queue, records, shares, upload_rows
from runs.uploads import draft_files, drafts
from runs.uploads.draft_files import DraftFile
from runs.worker import worker

LABELS = ("hiss", "hum", "嗡")


@pytest.fixture
def dataset(zip_of, read_zip, tmp_path):
    """Thirty tones of three classes, of which the first lasts twelve seconds."""
    random = np.random.default_rng(0)
    wave = lambda n: tone(12 if n == 0 else 0.3 + n / 100, 200 + 20 * n) + random.normal(0, 0.01, 1)  # noqa: E731
    names = {f"{LABELS[n // 10]}/{n:02}.wav": encoded(wave(n)) for n in range(30)}
    return read_zip("speech", zip_of(tmp_path / "tones.zip", names))


@pytest.fixture
def run(dataset):
    return finished(dataset)


def finished(dataset, **settings):
    """A run that is done, and took eight of its first thirty recordings for the next class."""
    numbers = {name: number for number, name in enumerate(dataset.classes)}
    labels = dataset.samples["label"].map(numbers).to_numpy()[:30]
    wrong = (labels + 1) % len(numbers)
    outcome = answered(dataset.classes, labels, np.where(np.arange(30) % 4, labels, wrong), 0.9)
    chosen, digest = as_json(cases.get("speech").Settings(**settings)), dataset.digest
    made = records.create_run("local", "fine_tune", "speech", "tones", dataset=digest, settings=chosen, edits={})
    outcome.save(paths.run(made) / predictions.FOLDER)
    queue.claim_here(made)
    references = {"majority": BOTH, "frozen_features": BOTH}
    told = {"settings": chosen, "model": chosen["model"], "test": BOTH, "references": references}
    return ended(made, {**TOLD, **told, "data": PARTS, "onnx": EXACT})


@pytest.fixture
def open_page():
    return lambda page="speech.py", **more: opened(page, **more)


@pytest.mark.slow
def test_every_view_of_an_evaluation_opens_and_speaks_of_recordings_in_both_languages(open_page, run):
    for see, locale in zip(VIEWS, itertools.cycle(["en-GB", "zh-CN"])):
        app = open_page(locale=locale, run=run.id, see=see)
        assert app.session_state[f"see_{run.id}"] == see
        assert not [text for text in said(app) if "picture" in text or "图片" in text or " text" in text]
        if see == "overview":
            [hero] = shown(app, "hero")
            assert (hero["value"], hero["of"]) == ("75.0%", "22 of 30 test examples, never used in training")


def test_a_cell_lets_its_recordings_be_heard(open_page, run):
    [right] = shown(open_page(run=run.id, see="classes", cell="1-1"), "recordings")
    first = right["recordings"][0]
    assert (first["id"], first["title"], first["note"], first["tone"]) == ("10", "hum", "90.0%", "good")
    assert first["sound"] == f"{first['picture']}&heard=1" and first["picture"].startswith("/api/item?token=")
    assert first["seconds"] == pytest.approx(0.40)
    assert right["clickable"] and not right["removable"]
    [wrong] = shown(open_page(run=run.id, see="classes", cell="1-2"), "recordings")
    assert [one["title"] for one in wrong["recordings"]] == ["hum → 嗡"] * 2
    assert {one["tone"] for one in wrong["recordings"]} == {"bad"}


def test_the_check_lists_the_recordings_of_a_class_and_how_long_they_are(open_page, dataset):
    [_examples, listed] = shown(open_page(data="d1", show="class:嗡"), "recordings")
    assert [one["title"] for one in listed["recordings"]] == [f"{n}.wav" for n in range(20, 30)]
    app = open_page(data="d1", show="size:0.3-0.35")
    [_examples, listed] = shown(app, "recordings")
    assert [one["id"] for one in listed["recordings"]] == ["1", "2", "3", "4", "5"]
    [network] = shown(app, "network")
    assert network["stages"][0]["lines"] == ["up to 30 seconds at 16 kHz"]
    app.session_state["speech_check_en"] = "sizes"
    told = "Smallest 0.31, most common 0.40, largest 12.00. Click a point to see its examples. None is over "
    assert starting(sound(app.run()), f"{told}the model limit of 30.")


def test_short_recordings_of_each_class_are_offered_to_try_and_in_a_demo_where_it_may(open_page, run):
    rows = test_examples.rows(run)
    assert list(rows.values()) == ["hiss", "hum", "嗡"] * 4
    assert [row for row in rows if rows[row] == "hiss"] == [1, 2, 3, 4]  # row 0 is a long one
    [trying] = shown(open_page(run=run.id), "trying_sounds")
    assert trying["words"]["title"] == "Upload or make a recording" and trying["listening"]
    app = open_page("demo.py", t=shares.create(run, days=7))
    told = "Predicts which of 3 classes a recording belongs to: hiss, hum, 嗡."
    assert app.markdown[0].value == told
    assert "About **75** of 100 new recordings like the training data are predicted correctly" in app.markdown[1].value
    [trying] = shown(app, "trying_sounds")
    assert trying["examples"] == [] and not trying["listening"]
    [trying] = shown(open_page("demo.py", t=shares.create(run, days=7, examples=True)), "trying_sounds")
    assert len(trying["examples"]) == 12


def take(draft, label, name):
    upload = f"{len(draft_files.of(draft)):016}"
    (paths.uploads() / upload).write_bytes(encoded(tone()))
    upload_rows.add("local", upload, name, 16_044, "0" * 64)
    draft_files.add(draft, DraftFile(upload, name, 16_044, label))
    return upload


def test_what_was_recorded_is_counted_by_class_and_the_newest_is_heard_first(open_page):
    draft = drafts.begin("local", "speech")
    take(draft, "yes", "recording-1.wav")
    app = open_page(draft=draft)
    [listed] = shown(app, "recordings")
    assert [one["title"] for one in listed["recordings"]] == ["Recording 1"]
    for number in (2, 3):
        take(draft, "no", f"recording-{number}.wav")
    sound(app.run())
    [listed] = shown(app, "recordings")
    assert [one["title"] for one in listed["recordings"]] == ["Recording 2", "Recording 1"]
    assert listed["recordings"][0]["seconds"] == pytest.approx(0.5)
    assert listed["removable"] and listed["recordings"][0]["sound"].startswith("/api/piece?token=")
    pills = app.get("button_group")[-1]
    assert [option.content for option in pills.proto.options] == ["yes · 1", "no · 2"]
    sound(app.button(key=f"contents_{draft}_all").click().run())
    assert [piece.label for piece in draft_files.of(draft)] == ["yes"]  # a class can be taken out whole


def test_who_records_to_transcribe_types_what_is_said_and_is_offered_that_task_afterwards(open_page):
    draft = drafts.begin("local", "speech")
    app = open_page(draft=draft)
    assert shown(app, "uploading")[0]["words"]["label"] == "Class"
    sound(app.segmented_control(key=f"speech_task_{draft}").set_value("transcribe").run())
    asked = shown(app, "uploading")[0]["words"]
    assert (asked["label"], asked["label_first"]) == ("Transcript", "Type the transcript first.")
    assert asked["label_hint"] == "for example: turn on the light"
    for number, typed in enumerate(("turn on the light", "turn it off")):
        take(draft, typed, f"recording-{number}.wav")
    sound(app.run())
    sound(app.button(key="speech_read").click().run())
    assert records.run(draft, "local").settings == {"columns": {}, "task": "transcribe"}
    worker.work(queue.claim_here(draft))
    sound(app.run())
    assert app.query_params["task"] == "transcribe"
    assert app.segmented_control(key="speech_task_").value == "transcribe"
    later = sound(open_page())
    sound(later.button(key=f"open_{records.run(draft, 'local').dataset}").click().run())
    assert later.segmented_control(key="speech_task_").value == "transcribe"


def test_how_a_table_beside_recordings_was_understood_can_be_changed(open_page, zip_of, read_zip, tmp_path):
    lines = "".join(f"{n}.wav,{'ab'[n % 2]},{'cd'[n // 3]}\n" for n in range(6))
    waves = {f"{n}.wav": encoded(tone(0.3, 300 + 50 * n)) for n in range(6)}
    read_zip("speech", zip_of(tmp_path / "set.zip", {**waves, "list.csv": f"file,class,who\n{lines}".encode()}))
    app = open_page(data="d1")
    assert "**Import details**" in [markdown.value for markdown in app.markdown]
    told = next(markdown.value for markdown in app.markdown if markdown.value.startswith("- "))
    assert "“list\\.csv”: column “class” detected as class from its name." in told


def test_speakers_that_the_names_seem_to_tell_can_be_refused(open_page, zip_of, tmp_path):
    names = [f"{label}_{who}_{take}.wav" for label in "01" for who in ("george", "theo") for take in range(5)]
    waves = {f"{name[0]}/{name}": encoded(tone(0.3, 300 + 20 * n)) for n, name in enumerate(names)}
    content = zip_of(tmp_path / "said.zip", waves).read_bytes()
    upload = records.new_id()
    (paths.uploads() / upload).write_bytes(content)
    upload_rows.add("local", upload, "said.zip", len(content), hashlib.sha256(content).hexdigest())
    asked = records.create_run("local", "read", "speech", "said.zip", parts=[{"upload": upload, "split": ""}])
    speakers = lambda run: set(Dataset.open(paths.datasets() / run.dataset).samples["speaker"])  # noqa: E731

    def work():
        worker.work(queue.claim(["read"], 0))
        return records.run(asked, "local")

    first = work()
    assert speakers(first) == {"george", "theo"}
    app = open_page(data=first.dataset)
    assert "**Import details**" in [markdown.value for markdown in app.markdown]
    refuse = app.button(key=f"columns_{first.dataset}_refused")
    assert refuse.label == "Ignore these speakers"
    sound(refuse.click().run())
    asked = app.query_params["read"]
    again = work()
    assert (again.settings["columns"], speakers(again)) == ({"speaker": ""}, {""})


@pytest.mark.slow
def test_voices_that_would_be_on_both_sides_stand_in_front_and_one_click_keeps_each_together(
    open_page, zip_of, read_zip, tmp_path
):
    random = np.random.default_rng(0)
    names = {f"{label}/{label}_{who}_{n}.wav": encoded(tone(0.3, 200 + 90 * n) + random.normal(0, 0.3, 1))
             for label in ("yes", "no") for who in ("anna", "bo", "cy", "dee", "eve") for n in range(4)}  # fmt: skip
    read = read_zip("speech", zip_of(tmp_path / "words.zip", names))
    app = open_page(data="d1")
    assert any(text.value.startswith("**Several recordings per speaker** · 40") for text in app.warning)
    assert not app.success
    app = sound(app.button(key="gate_mend_speakers_0").click().run())
    assert not [text for text in app.warning if "speakers" in text.value]
    assert app.selectbox(key="speech_split_group_by_").value == "speaker"
    warned = ":yellow[:material/error:] **Several recordings per speaker** · A random split"
    leaky = finished(read)
    assert starting(open_page(run=leaky.id), warned)  # beside the figure, too
    outside = "Training and test have speakers in common."
    assert [text for text in said(open_page("demo.py", t=shares.create(leaky, days=7))) if outside in text]
    assert outside in document.html(report_sections.of(leaky, examples=False))
    assert outside in str(static_content.of(leaky, title="", description="", examples=False)["languages"]["en"])
    assert not starting(open_page(run=finished(read, group_by="speaker").id), warned)
