"""The first step of a case's page: what is collected, read, opened again and deleted."""

from __future__ import annotations

import itertools

import pytest
from opened_pages import framed, sound

from cases.base import UploadedFile
from models.progress import NullReporter
from runs import paths
from runs.api import arrivals
from runs.jobs import data_import
from runs.language import say
from runs.store import dataset_rows, queue, records, upload_rows
from runs.uploads import draft_files, drafts
from runs.uploads.draft_files import DraftFile

CASE = "image_recognition"
NUMBERS = itertools.count()  # of uploads
ERROR = {"found": "“{name}” holds one class only, “{label}”.", "expected": "At least two classes are needed.",
         "remedy": "Add pictures of a second class.",
         "args": {"name": "moss", "label": "moss"}}  # fmt: skip


def open_page(locale="en-GB", **address):
    app = framed(locale)
    app.run()
    app.query_params.update(address)
    return sound(app.switch_page("image_recognition.py").run())


def press(app, key):
    return sound(app.button(key=key).click().run())


def showing(app, draft, what):
    """The page with one of the classes opened."""
    app.session_state[f"contents_{draft}"] = what
    return sound(app.run())


def status(run):
    return records.run(run, "local").status


@pytest.fixture
def collect():
    """A collection with so many files of each class."""

    def collecting(**classes):
        draft = drafts.begin("local", CASE)
        for label, count in classes.items():
            for number in range(count):
                add(draft, f"{number}.png", label=label)
        return draft

    return collecting


def add(draft, name, content=b"x", **more):
    upload = f"{next(NUMBERS):016}"
    (paths.uploads() / upload).write_bytes(content)
    upload_rows.add("local", upload, name, len(content), "0" * 64)
    draft_files.add(draft, DraftFile(upload, name, len(content), **more))


def labels(app):
    return [button.label for button in app.button]


def test_a_collection_is_begun_with_one_button_named_in_the_address_left_and_found_again():
    app = press(open_page(), f"{CASE}_collect")
    draft = app.query_params["draft"]
    read = app.button(key=f"{CASE}_read")
    assert read.disabled and read.proto.type == "secondary"  # what comes next is to add files
    assert any("then add its pictures" in caption.value for caption in app.caption)
    press(app, f"{CASE}_drop")  # of an empty one nothing is asked
    assert "draft" not in app.query_params and drafts.find("local", draft) is None
    assert "Resume your collection" not in labels(open_page())


@pytest.mark.parametrize(("locale", "language"), [("en-GB", "en"), ("zh-CN", "zh")])
def test_what_was_collected_is_shown_by_class(collect, locale, language):
    draft = collect(cat=3, **{"<b>&*dog*": 1})
    add(draft, "7.png")
    add(draft, "more.zip", b"x" * 3000)
    add(draft, "1.png", folder="set/test/bird")
    add(draft, "1.png", label="cat", split="test")
    app = open_page(draft=draft, locale=locale)
    [pills] = app.get("button_group")[1:]
    assert [option.content for option in pills.proto.options] == [
        "cat · 3", r"\<b\>\&\*dog\* · 1", say(language, "no class yet · {n}", n=1), r"more\.zip · 3 kB", "bird · 1",
        f"cat · 1 · {say(language, 'test only')}",
    ]  # fmt: skip
    read = app.button(key=f"{CASE}_read")
    assert not read.disabled and read.proto.type == "primary"


def test_single_files_and_whole_classes_are_given_another_class_and_taken_out(collect):
    draft = collect(cat=4, dog=2)
    app = showing(open_page(draft=draft), draft, "/cat")
    field = app.selectbox(key=f"contents_{draft}_class_{draft_files.of(draft)[0].upload}")
    assert field.options == ["dog"]
    app = sound(field.select("dog").run())
    assert [piece.label for piece in draft_files.of(draft)] == ["dog", "cat", "cat", "cat", "dog", "dog"]
    press(app, f"contents_{draft}_out_{draft_files.of(draft)[1].upload}")
    assert [(piece.name, piece.label) for piece in draft_files.of(draft)][:2] == [("0.png", "dog"), ("2.png", "cat")]
    press(app, f"contents_{draft}_all")
    assert {piece.label for piece in draft_files.of(draft)} == {"dog"} and len(list(paths.uploads().iterdir())) == 3
    showing(app, draft, "/dog")
    draft_files.relabel(draft, [piece.upload for piece in draft_files.of(draft)[1:]], "wolf")
    drafts.read("local", draft)
    assert [part["label"] for part in records.run(draft, "local").parts] == ["dog", "wolf", "wolf"]


def test_reading_waits_for_what_is_still_arriving_is_queued_and_can_be_stopped(collect):
    draft = collect(cat=2, dog=2)
    app = open_page(draft=draft)
    with arrivals.arriving("local", draft):
        press(app, f"{CASE}_read")
        assert status(draft) == "draft" and any("1 file is still" in info.value for info in app.info)
        sound(app.run())
        assert status(draft) == "draft"
        add(draft, "late.png", label="dog")
    sound(app.run())
    run = records.run(draft, "local")
    assert (run.status, run.name, len(run.parts)) == ("queued", "cat, dog", 5)
    assert (app.query_params["read"], "draft" in app.query_params) == (draft, False)
    press(app, f"stop_{draft}")
    assert (app.query_params["draft"], status(draft), len(draft_files.of(draft))) == (draft, "draft", 5)


@pytest.mark.parametrize(("button", "then"), [("hurry", "queued"), ("wait_not", "draft")])
def test_who_does_not_want_to_wait_for_what_arrives_reads_without_it_or_not_at_all(collect, button, then):
    draft = collect(cat=2, dog=2)
    app = open_page(draft=draft)
    with arrivals.arriving("local", draft):
        press(press(app, f"{CASE}_read"), f"{button}_{draft}")
        assert status(draft) == then
    sound(app.run())
    assert status(draft) == then


def test_a_collection_that_could_not_be_read_is_there_again_with_the_reason(collect):
    draft = collect(moss=2)
    drafts.read("local", draft)
    queue.claim_here(draft)
    queue.end(draft, "failed", error=ERROR)
    app = open_page(read=draft)
    assert (app.query_params["draft"], "read" in app.query_params) == (draft, False)
    assert "“moss” holds one class only, “moss”." in app.error[0].value
    assert not app.button(key=f"{CASE}_read").disabled


def test_an_unfinished_collection_is_found_again_left_and_only_deleted_after_a_question(collect):
    draft = collect(cat=1)
    app = press(open_page(), f"{CASE}_unfinished")
    assert app.query_params["draft"] == draft
    press(app, f"{CASE}_back")
    assert "draft" not in app.query_params
    assert {f"{CASE}_collect", f"{CASE}_unfinished"} <= {button.key for button in app.button}
    press(press(app, f"{CASE}_unfinished"), f"{CASE}_drop")
    assert app.button(key=f"drop_really_{draft}").label == "Delete permanently"
    assert app.button(key=f"drop_not_{draft}").label == "Cancel"
    assert drafts.find("local", draft) and len(draft_files.of(draft)) == 1


def brought(number, archive):
    read = data_import.into_dataset(CASE, [UploadedFile(archive, archive.name)], f"d{number}", NullReporter())
    dataset_rows.add("local", f"d{number}", CASE, read.name, sample=False)


def test_data_brought_before_are_opened_with_one_click_and_deleted_after_a_question(pictures, zip_of, tmp_path):
    for number in range(5):
        brought(number, zip_of(tmp_path / f"set{number}.zip", pictures(1, seed=number)))
    app = open_page()
    assert [label for label in labels(app) if label.startswith("**set")] == [f"**set{n}**" for n in (4, 3, 2, 1, 0)]
    assert [expander.label for expander in app.expander] == ["Older data sets (2)"]
    press(app, "delete_d4")
    assert app.button(key="delete_really_d4").label == "Delete permanently"
    assert app.button(key="delete_not_d4").label == "Cancel" and dataset_rows.by_id("d4", "local")
    assert press(open_page(), "open_d3").query_params["data"] == "d3"
