"""Files as people bring them."""

from __future__ import annotations

import base64
import re

import pytest
from playwright.sync_api import expect

from cases.image_recognition import sample
from runs.language import say

from . import steps

REFUSALS = {  # what each zip holds, and what is said of it
    "empty": (
        [],
        "There are no files in the {kind}.",
        "A zip or a tar of the data is needed.",
        "Put the data into a folder, zip the folder and upload that.",
    ),
    "one": (
        ["cats/1.png", "cats/2.png"],
        "“{name}” holds one class only, “{label}”.",
        "At least two classes are needed.",
        "Add pictures of a second class.",
    ),
    "climbing": (
        ["../../cats/1.png", "dogs/1.png"],
        "The name “{file}” in the {kind} points outside its folder.",
        "The names in a {kind} must be plain paths that stay inside it.",
        "Zip the folder again with your system's own zip command.",
    ),
    "letter": (
        None,
        "The file is neither a zip nor a tar.",
        "A zip or a tar of the data is needed.",
        "Put the data into a folder and zip it. RAR and 7z are not supported.",
    ),
}
PLACES = {"name": "one.zip", "label": "cats", "file": "../../cats/1.png", "kind": "zip"}
DROP = """(zone, [name, content]) => {
  const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0))
  const dataTransfer = new DataTransfer()
  dataTransfer.items.add(new File([bytes], name, { type: 'application/zip' }))
  zone.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
}"""

WATCH = """(bar) => {
  window.shares = []
  const watcher = new MutationObserver(() => window.shares.push(Number(bar.getAttribute('aria-valuenow'))))
  watcher.observe(bar, { attributes: true, attributeFilter: ['aria-valuenow'] })
}"""


@pytest.fixture
def letter(tmp_path):
    """Write a letter under the name given."""

    def write(name):
        (tmp_path / name).write_text("Dear Sir or Madam")
        return tmp_path / name

    return write


@pytest.mark.parametrize("name", REFUSALS)
def test_a_bad_zip_is_refused_in_whole_sentences_of_both_languages(visit, tmp_path, zip_of, pictures, letter, name):
    inside, *sentences = REFUSALS[name]
    picture = next(iter(pictures(1).values()))
    path = letter("letter.zip") if inside is None else zip_of(tmp_path / f"{name}.zip", dict.fromkeys(inside, picture))
    page = visit("/image_recognition")
    steps.upload(page, path)
    told = page.get_by_test_id("stAlert")
    expect(told).to_contain_text(" ".join(sentences).format(**PLACES), timeout=60_000)
    steps.choose_language(page, "简体中文")
    expect(told).to_contain_text("".join(say("zh", sentence, **PLACES) for sentence in sentences))
    expect(page.get_by_role("button", name="选择文件")).to_be_visible()


def test_after_a_refusal_a_good_zip_is_taken(visit, letter, digits):
    page = visit("/image_recognition")
    steps.upload(page, letter("letter.zip"))
    expect(page.get_by_test_id("stAlert")).to_be_visible(timeout=60_000)
    steps.upload(page, digits)
    steps.address(page, "data")
    expect(page.get_by_text("Ready: 120 examples")).to_be_visible()
    expect(page.get_by_test_id("stAlert")).to_have_count(1)  # the good news alone


def test_a_picture_of_an_iphone_is_told_how_to_become_a_jpeg(visit, letter):
    page = visit("/image_recognition")
    steps.upload(page, letter("IMG_0001.HEIC"))
    told = page.locator(".cb-upload-message")
    expect(told).to_have_text(
        "HEIC pictures are not supported. Export it as JPEG. On an iPhone, choose Settings, Camera, Formats, “Most "
        "Compatible”."
    )


def test_a_file_of_no_kind_that_is_read_is_not_even_sent(visit, letter):
    page = visit("/image_recognition")
    steps.upload(page, letter("letter.rar"))
    expect(page.locator(".cb-upload-message")).to_have_text(
        "“letter.rar” is not a supported file type. Zip the data in a folder and drop the zip here."
    )


def test_a_dropped_zip_shows_its_way_to_the_server(visit, tmp_path):
    content = base64.b64encode(sample.digits(tmp_path, each=11).path.read_bytes()).decode()
    page = visit("/image_recognition")
    zone, bar = page.locator(".cb-upload"), page.locator(".cb-upload-bar")
    expect(zone).to_have_attribute("data-state", "idle")
    steps.awake(zone)
    bar.evaluate(WATCH)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 64 * 1024}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    zone.evaluate(DROP, ["handwriting.zip", content])
    expect(zone).to_have_attribute("data-state", "ready")
    page.get_by_role("button", name="Upload and import").click()
    expect(zone).to_have_attribute("data-state", "sending")
    steps.address(page, "data")
    shares = page.evaluate("window.shares")
    assert len(set(shares)) > 2
    assert shares == sorted(shares)
    expect(page.get_by_text("handwriting", exact=True)).to_be_visible()


DRAG = """([place, name, content]) => {
  const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0))
  const dataTransfer = new DataTransfer()
  dataTransfer.items.add(new File([bytes], name, { type: 'application/zip' }))
  const tell = (at, kind) => at.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }))
  tell(document.querySelector('.stMain'), 'dragenter')
  const half = document.querySelector(`.cb-upload-page > [data-place="${place}"]`)
  for (const kind of ['dragenter', 'dragover', 'drop']) tell(half, kind)
}"""


def test_a_zip_and_its_test_zip_are_dropped_anywhere_and_seen_before_they_are_sent(visit, tmp_path, zip_of, pictures):
    inside = lambda path: base64.b64encode(path.read_bytes()).decode()  # noqa: E731
    training = zip_of(tmp_path / "train.zip", pictures(8) | {"notes.docx": b"notes"})
    test = zip_of(tmp_path / "test.zip", pictures(3, seed=1))
    page = visit("/image_recognition")
    steps.awake(page.locator(".cb-upload"))
    page.evaluate(DRAG, ["train", "train.zip", inside(training)])
    plan = page.locator(".cb-plan")
    expect(plan.locator("li")).to_have_text(
        ["Classes: 3, files: 24", "moss8", "rust8", "slate8", "Skipped, other file types: 1"]
    )
    expect(page.locator(".cb-upload-page")).to_be_hidden()
    page.evaluate(DRAG, ["test", "test.zip", inside(test)])  # both are seen, and only a press sends them
    expect(plan).to_have_count(2)
    expect(plan.nth(1).locator("li")).to_have_text(["Classes: 3, files: 9", "moss3", "rust3", "slate3"])
    expect(page.locator(".cb-upload")).to_have_attribute("data-state", "ready")
    page.get_by_role("button", name="Upload and import").click()
    steps.address(page, "data")
    expect(page.get_by_text(re.compile("; .*9 test"))).to_be_visible(timeout=30_000)


def test_two_files_where_one_test_file_is_taken_are_refused_in_words(visit):
    page = visit("/image_recognition")
    zone = page.locator(".cb-upload")
    steps.awake(zone)
    zone.locator('[data-place="test"]').evaluate("""(place) => {
      const dataTransfer = new DataTransfer()
      for (const name of ['a.zip', 'b.zip']) dataTransfer.items.add(new File(['PK'], name))
      place.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
    }""")
    expect(zone).to_contain_text("One test file is taken here.")


def test_what_will_be_refused_is_said_before_it_is_sent(visit, tmp_path, zip_of, pictures):
    one = zip_of(tmp_path / "one.zip", pictures(2, classes=("moss",)))
    page = visit("/image_recognition")
    zone = page.locator(".cb-upload")
    steps.awake(zone)
    highlighted = zone.locator("[data-first]:visible")
    expect(highlighted).to_have_text(["Choose a file"])
    zone.locator("input[type=file]").first.set_input_files(one)
    expect(highlighted).to_have_text(["Upload and import"])
    expect(page.locator(".cb-plan-warning")).to_have_text(
        "It holds one class only and will be rejected: at least two are needed."
    )
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".cb-plan")).to_have_count(0)
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="Choose a test file").click()
    choosing.value.set_files(tmp_path / "one.zip")
    expect(zone).to_contain_text("Now choose the training data.")
