"""What a person meets on each page, in the state they find it in."""

from __future__ import annotations

import re

import pytest
from conftest import ROOT
from streamlit.testing.v1 import AppTest
from told import given, tell

import cases
from cases.base import UploadedFile
from cases.settings import as_json
from models.progress import NullReporter
from pages.shared.text import plain
from runs import paths
from runs.jobs import data_import
from runs.language import say
from runs.store import dataset_deletion, dataset_rows, queue, records, upload_rows

FIGURE = {"value": 0.875, "low": 0.75, "high": 0.96}
BOTH = {"accuracy": FIGURE, "macro_f1": {"value": 0.8, "low": 0.7, "high": 0.9}}
RESULT = {
    "case": "image_recognition", "model": "efficientnet_lite0", "settings": {}, "test": BOTH,
    "data": {"train": 20, "validation": 4, "test": 40, "set_aside": 1},
    "references": {"majority": BOTH, "frozen_features": BOTH},
    "seconds": {"prepare": 1.0, "train": 2.0, "evaluate": 0.5, "export": 0.5}, "peak_memory_mb": 512.0,
    "bundle": "bundle.zip",
}  # fmt: skip
ERROR = {
    "found": "No examples are left in the “{part}” split.",
    "expected": "At least one class needs three examples, one each for training, validation and test.",
    "remedy": "Add examples, or change the split.",
    "args": {"part": "test"},
}


@pytest.fixture
def open_page():
    """Open a page as a browser does; whatever it shows, it must not have failed."""

    def opening(page=None, locale="en-GB", **address):
        app = AppTest.from_file(str(ROOT / "pages/frame.py"), default_timeout=60)
        app.context = {"locale": locale, "timezone": "Europe/London"}
        app.run()
        if page:
            app.query_params.update(address)
            app.switch_page(page).run()
        return sound(app)

    return opening


def sound(app):
    assert not app.exception
    assert not [error.value for error in app.error if "our fault" in error.value]
    return app


def image_page(open_page, **more):
    return open_page("image_recognition.py", **more)


@pytest.fixture
def dataset(pictures, zip_of, read_zip, tmp_path):
    archive = zip_of(tmp_path / "noise.zip", {**pictures(6), "moss/letter.jpg": b"Dear Sir"})
    return read_zip("image_recognition", archive)


def create(status="queued", owner="local", name="noise", **values):
    settings = as_json(cases.get("image_recognition").Settings())
    run = records.create_run(owner, "fine_tune", "image_recognition", name, dataset="d1", settings=settings)
    if status != "queued":
        queue.claim_here(run)
        queue.beat(run, phase="training")
    if status not in ("queued", "running"):
        queue.end(run, status, **values)
    return run


def said(app):
    """All texts of the page."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "error", "warning", "info", "button", "metric")
    return [getattr(e, "value", None) or e.label for kind in kinds for e in app.get(kind)]


def headers(app):
    """The steps that are shown, under their heading or folded to a line."""
    folded = [fold.label.split("**")[1] for fold in app.expander if re.match(r"\*\*\d ·", fold.label)]
    return sorted([*folded, *(header.value for header in app.header)])


def test_home_says_what_this_is_and_what_it_runs_on(open_page):
    app = open_page()
    assert app.title[0].value == "Casebook"
    assert [s.value for s in app.subheader] == [
        "Image recognition", "Text analysis", "Speech", "Recommendation", "Latest runs", "This machine"
    ]  # fmt: skip
    assert "Nothing has run yet. Open a case study and start with the sample data." in said(app)


def test_one_click_on_the_home_page_brings_a_sample_to_its_case(open_page):
    app = open_page()
    sound(app.button(key="sample_image_recognition").click().run())
    [reading] = records.run_list("local", kind="read")
    assert (reading.case, reading.status) == ("image_recognition", "queued")
    assert app.query_params["read"] == reading.id and headers(app) == ["1 · Data"]


def test_home_speaks_the_language_of_the_browser_and_can_be_switched(open_page):
    app = open_page(locale="zh-CN")
    assert say("zh", "Image recognition") in [s.value for s in app.subheader]
    sound(app.selectbox(key="language").select("en").run())
    assert "Image recognition" in [s.value for s in app.subheader]
    assert app.query_params["lang"] == "en"  # other than the browser says, so it stands in the address


def test_home_lists_the_latest_runs_of_its_owner_only(open_page, dataset):
    create()
    create("done", result=RESULT)
    create("done", owner="someone else", result=RESULT)
    texts = said(open_page())
    assert len([text for text in texts if text.startswith("Image recognition · ") and "Head only · 20" in text]) == 2
    assert texts.count(":small[Accuracy] **87.5%**") == 1
    assert "Nothing has run yet. Open a case study and start with the sample data." not in texts


def test_the_list_of_all_runs_opens_in_both_languages(open_page, dataset):
    for status in ("queued", "running", "done", "failed", "stopped"):
        create(status, **({"result": RESULT} if status == "done" else {}))
    assert open_page("runs.py").title[0].value == "All runs"
    assert open_page("runs.py", locale="zh-TW").title[0].value == say("zh", "All runs")


def test_an_empty_image_page_offers_ways_to_bring_data(open_page):
    app = image_page(open_page)
    assert headers(app) == ["1 · Data"]
    assert [button.label for button in app.button] == [
        "Try it with photographs of ten places",
        "Try it with handwritten digits",
        "More ways: single pictures, camera, class table, test file",
    ]


def test_the_sample_is_queued_to_be_read_and_the_page_waits(open_page):
    app = image_page(open_page)
    sound(app.button(key="image_recognition_sample_digits").click().run())
    run = records.run(app.query_params["read"], "local")
    assert (run.kind, run.status, run.name) == ("read", "queued", "handwritten-digits.zip")
    upload = upload_rows.by_id(run.parts[0]["upload"], "local")
    assert (paths.uploads() / upload.id).stat().st_size == upload.bytes
    assert headers(app) == ["1 · Data"] and [button.label for button in app.button] == ["Stop"]


def test_once_the_reading_is_done_the_data_are_shown(open_page, dataset):
    reader = records.create_run("local", "read", "image_recognition", "noise.zip", parts=[])
    queue.claim_here(reader)
    queue.end(reader, "done", dataset="d1")
    app = image_page(open_page, read=reader)
    assert (app.query_params["data"], "read" in app.query_params) == ("d1", False)
    assert headers(app)[:2] == ["1 · Data", "2 · Check"]
    assert [(m.label, m.value) for m in app.metric] == [("Examples", "18"), ("Classes", "3"), ("Skipped", "1")]


def test_data_that_could_not_be_read_are_explained(open_page):
    reader = records.create_run("local", "read", "image_recognition", "noise.zip", parts=[])
    queue.claim_here(reader)
    queue.end(reader, "failed", error=ERROR)
    app = image_page(open_page, read=reader)
    assert app.error[0].value == (
        "No examples are left in the “test” split. At least one class needs three examples, one each for training, "
        "validation and test. Add examples, or change the split."
    )


def test_a_run_that_failed_says_why_and_what_to_do_before_anything_else_of_it(open_page, dataset):
    run = create("failed", error={**ERROR, "args": {"part": "validation"}})
    app = image_page(open_page, run=run, locale="zh-CN")
    assert app.error[0].value == (
        "“验证”部分没有分到样本。至少一个类别要有三个样本，训练、验证、测试各一个。\n\n**请增加样本，或调整划分比例。**"
    )
    kinds = [one.type for one in app.main if one.type in ("header", "error", "bidi_component")]
    assert app.button(key=f"resume_{run}").proto.type == "secondary"  # as it is, it would only fail again
    assert app.button(key=f"repair_{run}").label == say("zh", "Change the settings")
    again = create("failed", error={**ERROR, "resumable": True})
    assert image_page(open_page, run=again).button(key=f"resume_{again}").proto.type == "primary"
    assert kinds.index("error") < kinds.index("bidi_component", len(kinds) - 1 - kinds[::-1].index("header"))


@pytest.mark.parametrize(("repair", "label"), [
    ({"step": "check"}, "Check the data"), ({"halved": ["batch_size"]}, "Start again: Batch size 16"),
    ({"settings": {"learning_rate": 1e-4, "of another case": 1}}, "Start again: Learning rate 1e-4"),
])  # fmt: skip
def test_what_puts_a_failed_run_right_is_a_button(open_page, dataset, repair, label):
    run = create("failed", error={**ERROR, "repair": repair})
    app = image_page(open_page, run=run)
    button = app.button(key=f"repair_{run}")
    assert (button.label, button.proto.type) == (label, "primary")
    sound(button.click().run())
    new, *before = records.run_list("local")
    if label.startswith("Start"):
        [setting] = {"batch_size", "learning_rate"} & set(
            [*repair, *repair.get("halved", []), *repair.get("settings", {})]
        )
        assert new.settings[setting] == {"batch_size": 16, "learning_rate": 1e-4}[setting]
        assert (new.dataset, app.query_params["run"]) == ("d1", new.id) and [one.id for one in before] == [run]
    else:
        assert app.session_state["going_to_step"]["step"] == 2 and not before


def test_a_failed_run_without_its_data_is_led_to_other_data(open_page, dataset):
    run = create("failed", error=ERROR)
    dataset_deletion.remove("local", "d1")
    app = image_page(open_page, run=run)
    assert app.button(key=f"repair_{run}").label == "Choose other data"
    sound(app.button(key=f"repair_{run}").click().run())
    assert "run" not in app.query_params


def test_data_that_are_not_here_are_said_to_be_missing(open_page, dataset):
    dataset_rows.add("someone else", "d2", "image_recognition", "theirs", sample=False)
    for data in ("d2", "d3"):
        app = image_page(open_page, data=data)
        assert app.warning[0].value == "This data set is not on the server. Upload the file again."


def test_a_run_whose_data_were_deleted_is_shown_without_asking_for_them(open_page, dataset):
    run = create("done", result=RESULT)
    dataset_deletion.remove("local", "d1")
    app = image_page(open_page, run=run)
    assert app.info[0].value == "The data of this run was deleted. Its model and metrics remain."
    assert headers(app) == ["1 · Data", "4 · Fine-tune", "5 · Evaluate", "6 · Try", "7 · Export & share"]
    assert "Recent data sets" not in [s.value for s in app.subheader]


def test_data_brought_before_are_listed_with_how_much_they_are(open_page, dataset):
    [told] = [text for text in said(image_page(open_page)) if "examples" in text]
    assert told.startswith("18 examples · 3 classes · ")


def test_a_run_that_is_done_opens_with_its_result(open_page, dataset):
    for status in ("done", "stopped"):
        run = create("done", result=RESULT) if status == "done" else create("stopped")
        if status == "stopped":
            queue.keep_result(run, result=RESULT)
        app = image_page(open_page, run=run)
        assert given(app, "casebook_hero")["value"] == "87.5%"
        assert [text for text in said(app) if "**87.5%**" in text] == [":small[Accuracy] **87.5%**"]  # in the header
        assert app.header[0].value == "5 · Evaluate"  # what comes before is folded


def test_the_form_starts_a_run_with_what_was_changed(open_page, dataset):
    app = image_page(open_page, data="d1")
    app.selectbox(key="image_recognition_mode_").select("full")
    app.number_input(key="image_recognition_epochs_").set_value(7)
    app.number_input(key="image_recognition_learning_rate_").set_value(0.003)
    [start] = [button for button in app.button if button.label == "Start fine-tuning"]
    sound(start.click().run())
    [run] = records.run_list("local")
    expected = cases.get("image_recognition").Settings(mode="full", epochs=7, learning_rate=0.003)
    assert (run.settings, run.dataset, run.status) == (as_json(expected), "d1", "queued")
    assert app.query_params["run"] == run.id and "data" not in app.query_params


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
@pytest.mark.parametrize(
    ("status", "buttons", "sections"),
    [("queued", {"stop"}, 4), ("running", {"stop"}, 5), ("failed", {"resume", "repair"}, 4), ("stopped", {"resume"}, 4),
     ("done", {"header_share", "next_larger", "next_search", "report_make"}, 7)],
)  # fmt: skip
def test_a_run_is_shown_in_every_state(open_page, dataset, status, buttons, sections, locale):
    ended = {"done": {"result": RESULT}, "failed": {"error": ERROR}}.get(status, {})
    run = create(status, **ended)
    app = image_page(open_page, run=run, locale=locale)
    assert len(headers(app)) == sections
    keys = {button.key for button in app.button if button.key and button.key.endswith(run)}
    assert keys - {f"worst_all_{run}"} == {f"{name}_{run}" for name in (*buttons, "discard")}
    assert app.main.button[-1].key == f"discard_{run}"  # below all else
    assert len(app.error) == (status == "failed")


def test_a_stopped_run_with_a_result_shows_it(open_page, dataset):
    run = create("stopped")
    queue.keep_result(run, result=RESULT)
    app = image_page(open_page, run=run)
    assert headers(app)[-3:] == ["5 · Evaluate", "6 · Try", "7 · Export & share"]
    assert given(app, "casebook_hero")["value"] == "87.5%"


def test_the_buttons_of_a_run_change_it(open_page, dataset):
    run = create("running")
    app = image_page(open_page, run=run)
    sound(app.button(key=f"stop_{run}").click().run())
    assert records.run(run, "local").stop == "stop"
    assert f"stop_{run}" not in {button.key for button in app.button}
    queue.end(run, "stopped")
    sound(app.run())
    sound(app.button(key=f"resume_{run}").click().run())
    assert (records.run(run, "local").status, records.run(run, "local").stop) == ("queued", None)


@pytest.mark.parametrize("who", ["nobody", "someone else"])
def test_a_run_that_is_not_there_for_this_owner_is_said_to_be_none(open_page, dataset, who):
    run = create("done", owner=who, result=RESULT) if who != "nobody" else "00000000"
    app = image_page(open_page, run=run)
    assert app.warning[0].value == "There is no such run."
    assert headers(app) == ["1 · Data"]


def test_discarding_asks_first(open_page, dataset):
    run = create("done", result=RESULT)
    app = image_page(open_page, run=run)
    sound(app.button(key=f"discard_{run}").click().run())
    assert app.button(key=f"discard_really_{run}").label == "Delete permanently"
    assert records.run(run, "local").stop is None


def test_names_that_a_person_gave_are_shown_as_they_are(open_page, pictures, zip_of, tmp_path):
    name = "**loud** :red[hot] $x^2$ [a](http://e.org) ![b](http://e.org/b.png) <b>"
    part = UploadedFile(zip_of(tmp_path / "noise.zip", pictures(6)), f"{name.replace('/', '-')}.zip")
    read = data_import.into_dataset("image_recognition", [part], "d1", NullReporter())
    dataset_rows.add("local", "d1", "image_recognition", read.name, sample=False)
    run = create("failed", error={**ERROR, "args": {"part": name}}, name=name)
    reader = records.create_run("local", "read", "image_recognition", name, parts=[])
    table = tell(open_page("runs.py"), "casebook_runs", "deleted", run)
    assert given(table, "casebook_runs")["rows"][0]["name"] == name  # a component writes text, never markup
    assert f"- {plain(name)}" in said(table)
    pages = [open_page(), image_page(open_page, run=run), image_page(open_page, read=reader)]
    for app in pages:
        shown = [
            str(element.proto)
            for element in app.main
            if hasattr(element, "proto") and element.type != "text_input" and "casebook_live" not in str(element.proto)
        ]  # a field shows its text as it is, and so does a notification of the browser
        named = [text for text in shown if "loud" in text]
        assert named
        assert not [text for text in named if any(raw in text for raw in ("**loud", ":red[", "![b", "<b>"))]


def test_no_chinese_page_joins_its_words_with_english_punctuation(open_page, dataset):
    done, failed = create("done", result=RESULT), create("failed", error=ERROR)
    places = [("home.py", {}), ("runs.py", {}), *[("image_recognition.py", more) for more in (
        {}, {"data": "d1"}, {"data": "d1", "show": "found:same"}, {"run": done}, {"run": failed})]]  # fmt: skip
    for page, address in places:
        for text in said(open_page(page, locale="zh-CN", **address)):
            assert not re.search(r"[\u4e00-\u9fff]\s*[:,;!?](\s|$|[\u4e00-\u9fff])|[\u4e00-\u9fff] ?\(", text), text


@pytest.mark.parametrize(
    "name",
    ["http://evil.example/a", "HTTPS://evil.example", "see www.evil.example", "WWW.evil.example", "a@evil.example",
     "mailto:a@evil.example", "xmpp:a@evil.example", "<https://evil.example>", "[x](http://evil.example)"],
)  # fmt: skip
def test_a_name_that_reads_like_an_address_becomes_no_link_and_looks_as_it_is(name):
    """By the rules of the extension of Markdown that Streamlit uses, which looks once the escapes are gone."""
    seen = re.sub(r"\\(.)", r"\1", plain(name))
    assert not re.search(r"(https?://|www(?=\.))[-.\w]+|[-.\w+]+@[-\w]+(\.[-\w]+)+", seen, re.IGNORECASE)
    assert seen.replace("\N{WORD JOINER}", "") == name and "](" not in plain(name)


def test_what_only_resembles_an_address_is_left_alone():
    for name in ("evil.example", "9:30", "www", "a @ b", "C:/files"):
        assert "\N{WORD JOINER}" not in plain(name).replace("@\N{WORD JOINER} ", "")
