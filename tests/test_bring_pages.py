"""The first step of a case's page: what is collected, read, opened again and deleted."""

from __future__ import annotations

import itertools

import nonsense
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


@pytest.fixture
def open_page():
    def opening(locale="en-GB", **address):
        app = framed(locale)
        app.run()
        app.query_params.update(address)
        app.switch_page("image_recognition.py").run()
        return sound(app)

    return opening


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


def test_a_collection_is_begun_with_one_button_and_named_in_the_address(open_page):
    app = open_page()
    sound(app.button(key=f"{CASE}_collect").click().run())
    assert drafts.find("local", app.query_params["draft"])
    read = app.button(key=f"{CASE}_read")
    assert read.disabled and read.proto.type == "secondary"  # what comes next is to add files
    assert "Type a class, then add its pictures. Repeat for each class." in [caption.value for caption in app.caption]


@pytest.mark.parametrize(("locale", "language"), [("en-GB", "en"), ("zh-CN", "zh")])
def test_what_was_collected_is_shown_by_class(open_page, collect, locale, language):
    draft = collect(cat=3, **{"<b>&*dog*": 1})
    add(draft, "7.png")
    add(draft, "more.zip", b"x" * 3000)
    add(draft, "1.png", folder="set/test/bird")
    add(draft, "1.png", label="cat", split="test")
    app = open_page(draft=draft, locale=locale)
    [pills] = app.get("button_group")[1:]
    assert [option.content for option in pills.proto.options] == [
        "cat · 3",
        r"\<b\>\&\*dog\* · 1",
        say(language, "no class yet · {n}", n=1),
        r"more\.zip · 3 kB",
        "bird · 1",
        f"cat · 1 · {say(language, 'test only')}",
    ]
    read = app.button(key=f"{CASE}_read")
    assert not read.disabled and read.proto.type == "primary"


def test_single_files_and_whole_classes_can_be_taken_out(open_page, collect):
    draft = collect(cat=3, dog=2)
    app = open_page(draft=draft)
    app.session_state[f"contents_{draft}"] = "/cat"
    sound(app.run())
    sound(app.button(key=f"contents_{draft}_out_{draft_files.of(draft)[1].upload}").click().run())
    assert [piece.name for piece in draft_files.of(draft) if piece.label == "cat"] == ["0.png", "2.png"]
    sound(app.button(key=f"contents_{draft}_all").click().run())
    assert {piece.label for piece in draft_files.of(draft)} == {"dog"}
    assert len(list(paths.uploads().iterdir())) == 2


def test_a_single_file_and_a_whole_class_can_be_given_another_class(open_page, collect):
    draft = collect(cat=2, dog=2)
    app = open_page(draft=draft)
    app.session_state[f"contents_{draft}"] = "/cat"
    sound(app.run())
    field = app.selectbox(key=f"contents_{draft}_class_{draft_files.of(draft)[0].upload}")
    assert field.options == ["dog"]
    sound(field.select("dog").run())
    assert [piece.label for piece in draft_files.of(draft)] == ["dog", "cat", "dog", "dog"]
    app.session_state[f"contents_{draft}"] = "/dog"
    sound(app.run())
    app.session_state[f"contents_{draft}_all_class"] = None
    draft_files.relabel(draft, [piece.upload for piece in draft_files.of(draft)[2:]], "wolf")
    drafts.read("local", draft)
    assert [part["label"] for part in records.run(draft, "local").parts] == ["cat", "dog", "wolf", "wolf"]


def test_a_collection_is_queued_to_be_read_and_the_page_waits(open_page, collect):
    draft = collect(cat=2, dog=2)
    app = open_page(draft=draft)
    sound(app.button(key=f"{CASE}_read").click().run())
    run = records.run(draft, "local")
    assert (run.status, run.name, len(run.parts)) == ("queued", "cat, dog", 4)
    assert (app.query_params["read"], "draft" in app.query_params) == (draft, False)


def test_reading_waits_for_what_is_still_arriving(open_page, collect):
    draft = collect(cat=2, dog=2)
    app = open_page(draft=draft)
    with arrivals.arriving("local", draft):
        sound(app.button(key=f"{CASE}_read").click().run())
        assert records.run(draft, "local").status == "draft"
        assert "1 file is still uploading. Import starts when it has been uploaded." in [
            info.value for info in app.info
        ]
        sound(app.run())
        assert records.run(draft, "local").status == "draft"
        add(draft, "late.png", label="dog")
    sound(app.run())
    run = records.run(draft, "local")
    assert (run.status, len(run.parts)) == ("queued", 5)


@pytest.mark.parametrize("button", ["hurry", "wait_not"])
def test_who_does_not_want_to_wait_for_what_arrives_reads_without_it_or_not_at_all(open_page, collect, button):
    draft = collect(cat=2, dog=2)
    app = open_page(draft=draft)
    with arrivals.arriving("local", draft):
        sound(app.button(key=f"{CASE}_read").click().run())
        sound(app.button(key=f"{button}_{draft}").click().run())
        assert records.run(draft, "local").status == {"hurry": "queued", "wait_not": "draft"}[button]
    sound(app.run())
    assert records.run(draft, "local").status == {"hurry": "queued", "wait_not": "draft"}[button]


def test_a_reading_can_be_stopped_while_it_waits_or_works(open_page, collect):
    draft = collect(cat=2, dog=2)
    drafts.read("local", draft)
    app = open_page(read=draft)
    sound(app.button(key=f"stop_{draft}").click().run())
    assert (app.query_params["draft"], records.run(draft, "local").status) == (draft, "draft")
    assert len(draft_files.of(draft)) == 4


def test_a_reading_that_works_says_that_it_is_stopping_and_then_that_it_was_stopped(open_page, home):
    reading = records.create_run("local", "read", CASE, "moss.zip", parts=[])
    queue.claim_here(reading)
    app = open_page(read=reading)
    app = sound(app.button(key=f"stop_{reading}").click().run())
    assert (app.button(key=f"stop_{reading}").label, app.button(key=f"stop_{reading}").disabled) == ("Stopping", True)
    queue.end(reading, "stopped")
    assert open_page(read=reading).info[0].value.startswith("Import of “moss")


def test_a_collection_that_could_not_be_read_is_there_again_with_the_reason(open_page, collect):
    draft = collect(moss=2)
    drafts.read("local", draft)
    queue.claim_here(draft)
    queue.end(draft, "failed", error=ERROR)
    app = open_page(read=draft)
    assert (app.query_params["draft"], "read" in app.query_params) == (draft, False)
    assert app.error[0].value == (
        "“moss” holds one class only, “moss”. At least two classes are needed. Add pictures of a second class."
    )
    assert not app.button(key=f"{CASE}_read").disabled


def test_an_unfinished_collection_is_found_again(open_page, collect):
    assert "Resume your collection" not in labels(open_page())
    draft = collect(cat=1)
    app = open_page()
    sound(app.button(key=f"{CASE}_unfinished").click().run())
    assert app.query_params["draft"] == draft


def test_who_collects_can_go_back_to_the_usual_upload_and_on_again(open_page, collect):
    draft = collect(cat=1)
    app = open_page(draft=draft)
    sound(app.button(key=f"{CASE}_back").click().run())
    assert "draft" not in app.query_params
    assert {f"{CASE}_collect", f"{CASE}_unfinished"} <= {button.key for button in app.button}
    assert drafts.find("local", draft) and len(draft_files.of(draft)) == 1


@pytest.mark.parametrize("whose", ["nobody", "someone else"])
def test_a_collection_of_nobody_or_of_another_is_said_to_be_none(open_page, whose):
    draft = drafts.begin("someone else", CASE) if whose == "someone else" else "00000000"
    app = open_page(draft=draft)
    assert app.warning[0].value == "This collection was already imported or deleted."


def test_discarding_an_empty_collection_needs_no_question(open_page, collect):
    draft = collect()
    app = open_page(draft=draft)
    sound(app.button(key=f"{CASE}_drop").click().run())
    assert "draft" not in app.query_params and drafts.find("local", draft) is None


def test_discarding_a_collection_asks_first(open_page, collect):
    draft = collect(cat=2)
    app = open_page(draft=draft)
    sound(app.button(key=f"{CASE}_drop").click().run())
    assert app.button(key=f"drop_really_{draft}").label == "Delete permanently"
    assert app.button(key=f"drop_not_{draft}").label == "Cancel"
    assert len(draft_files.of(draft)) == 2


def test_a_thousand_files_of_three_hundred_classes_cost_few_widgets(open_page, collect):
    draft = collect(**{f"class {number:03}": 4 for number in range(300)})
    app = open_page(draft=draft)
    [pills] = app.get("button_group")[1:]
    assert len(pills.proto.options) == 300
    assert len([one for one in app.main if one.type not in ("markdown", "caption")]) < 50


@pytest.fixture
def known(pictures, zip_of, tmp_path):
    """Five data sets, with a run on the newest."""
    for number in range(5):
        archive = zip_of(tmp_path / f"set{number}.zip", pictures(2, seed=number))
        read = data_import.into_dataset(CASE, [UploadedFile(archive, archive.name)], f"d{number}", NullReporter())
        dataset_rows.add("local", f"d{number}", CASE, read.name, sample=False)


def test_data_brought_before_are_opened_with_one_click(open_page, known):
    app = open_page()
    assert [label for label in labels(app) if label.startswith("**set")] == [f"**set{n}**" for n in (4, 3, 2, 1, 0)]
    assert [expander.label for expander in app.expander] == ["Older data sets (2)"]
    sound(app.button(key="open_d3").click().run())
    assert app.query_params["data"] == "d3"


def test_deleting_data_asks_first(open_page, known):
    app = open_page()
    sound(app.button(key="delete_d4").click().run())
    assert app.button(key="delete_really_d4").label == "Delete permanently"
    assert app.button(key="delete_not_d4").label == "Cancel"
    assert dataset_rows.by_id("d4", "local")


def test_how_a_table_was_understood_stands_with_the_data(open_page, pictures, zip_of, tmp_path):
    flat = {name.replace("/", "-"): content for name, content in pictures(6).items()}
    lines = "".join(f"{name};{name.split('-')[0]}\n" for name in flat)
    archive = zip_of(tmp_path / "set.zip", {**flat, "labels.csv": f"file;class\n{lines}".encode()})
    read = data_import.into_dataset(CASE, [UploadedFile(archive, archive.name)], "d1", NullReporter())
    dataset_rows.add("local", "d1", CASE, read.name, sample=False)
    app = open_page(data="d1")
    told = next(markdown.value for markdown in app.markdown if markdown.value.startswith("- "))
    assert "- “labels\\.csv”: column “class” detected as class from its name." in told.splitlines()


def test_a_collection_and_the_ways_to_bring_data_endure_nonsense(open_page, collect):
    nonsense.endure(open_page())
    nonsense.endure(open_page(draft=collect(cat=3, dog=2)))
