"""Home, the list of runs, and data on their way from there: a sample, a reading, data that are gone."""

from __future__ import annotations

from opened_pages import ERROR, RESULT, create, dataset, headers, image_page, open_page, said, sound

from runs import paths
from runs.language import say
from runs.store import dataset_rows, queue, records, upload_rows

__all__ = ["dataset", "open_page"]  # fixtures


def test_home_says_what_this_is_and_one_click_brings_a_sample_to_its_case(open_page):
    app = open_page()
    assert app.title[0].value == "Casebook"
    assert [s.value for s in app.subheader] == [
        "Image recognition", "Text analysis", "Speech", "Recommendation", "Latest runs", "This machine"
    ]  # fmt: skip
    assert "Nothing has run yet. Open a case study and start with the sample data." in said(app)
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


def test_an_empty_image_page_offers_ways_to_bring_data_and_a_sample_is_queued_to_be_read(open_page):
    app = image_page(open_page)
    assert headers(app) == ["1 · Data"]
    assert [button.label for button in app.button] == [
        "Try it with photographs of ten places",
        "Try it with handwritten digits",
        "More ways: single pictures, camera, class table, test file",
    ]
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


def test_data_that_could_not_be_read_or_are_not_here_are_explained(open_page, dataset):
    reader = records.create_run("local", "read", "image_recognition", "noise.zip", parts=[])
    queue.claim_here(reader)
    queue.end(reader, "failed", error=ERROR)
    app = image_page(open_page, read=reader)
    assert app.error[0].value.startswith("No examples are left in the “test” split. At least one class needs three")
    dataset_rows.add("someone else", "d2", "image_recognition", "theirs", sample=False)
    for data in ("d2", "d3"):
        app = image_page(open_page, data=data)
        assert app.warning[0].value == "This data set is not on the server. Upload the file again."
