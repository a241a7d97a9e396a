"""Files as people bring them."""

from __future__ import annotations

import base64
import re

from playwright.sync_api import expect

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
DROP = """(zone, files) => {
  const dataTransfer = new DataTransfer()
  for (const [name, content] of files) {
    const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0))
    dataTransfer.items.add(new File([bytes], name, { type: 'application/zip' }))
  }
  zone.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
}"""

WATCH = """(bar) => {
  window.shares = []
  const watcher = new MutationObserver(() => window.shares.push(Number(bar.getAttribute('aria-valuenow'))))
  watcher.observe(bar, { attributes: true, attributeFilter: ['aria-valuenow'] })
}"""


def letter(path):
    path.write_text("Dear Sir or Madam")
    return path


def test_bad_zips_are_refused_in_whole_sentences_of_both_languages_and_a_good_one_is_taken(
    visit, tmp_path, zip_of, pictures, digits
):
    picture = next(iter(pictures(1).values()))
    page = visit("/image_recognition")
    told = page.get_by_test_id("stAlert")
    languages = ["English", "简体中文"]
    for name, (inside, *sentences) in REFUSALS.items():
        path = tmp_path / f"{name}.zip"
        steps.upload(page, letter(path) if inside is None else zip_of(path, dict.fromkeys(inside, picture)))
        spoken = {"English": " ".join(sentences).format(**PLACES),
                  "简体中文": "".join(say("zh", sentence, **PLACES) for sentence in sentences)}  # fmt: skip
        first, second = languages
        expect(told).to_contain_text(spoken[first], timeout=60_000)
        steps.choose_language(page, second)
        expect(told).to_contain_text(spoken[second])
        languages.reverse()
    steps.upload(page, digits)
    steps.address(page, "data")
    expect(page.get_by_text("Ready: 120 examples")).to_be_visible()
    expect(page.get_by_test_id("stAlert")).to_have_count(1)  # the good news alone


def test_what_cannot_be_taken_or_will_be_refused_is_said_before_it_is_sent(visit, tmp_path, zip_of, pictures):
    page, sent = visit("/image_recognition"), []
    page.on("request", lambda request: sent.append(request.url) if request.method == "PUT" else None)
    zone, told = page.locator(".cb-upload"), page.locator(".cb-upload-message")
    highlighted = zone.locator("[data-first]:visible")
    expect(highlighted).to_have_text(["Choose a file"])
    steps.upload(page, letter(tmp_path / "IMG_0001.HEIC"))
    expect(told).to_have_text(re.compile("HEIC pictures are not supported. Export it as JPEG. On an iPhone"))
    steps.upload(page, letter(tmp_path / "letter.rar"))
    expect(told).to_have_text(re.compile("“letter.rar” is not a supported file type. Zip the data in a folder"))
    zone.locator('[data-place="test"]').evaluate(DROP, [["a.zip", "UEs="], ["b.zip", "UEs="]])
    expect(zone).to_contain_text("One test file is taken here.")

    one = zip_of(tmp_path / "one.zip", pictures(2, classes=("moss",)))
    zone.locator("input[type=file]").first.set_input_files(one)
    expect(highlighted).to_have_text(["Upload and import"])
    expect(page.locator(".cb-plan-warning")).to_have_text(
        "It holds one class only and will be rejected: at least two are needed."
    )
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".cb-plan")).to_have_count(0)
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="Choose a test file").click()
    choosing.value.set_files(one)
    expect(zone).to_contain_text("Now choose the training data.")
    assert sent == []


DRAG = """([place, name, content]) => {
  const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0))
  const dataTransfer = new DataTransfer()
  dataTransfer.items.add(new File([bytes], name, { type: 'application/zip' }))
  const tell = (at, kind) => at.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }))
  tell(document.querySelector('.stMain'), 'dragenter')
  const half = document.querySelector(`.cb-upload-page > [data-place="${place}"]`)
  for (const kind of ['dragenter', 'dragover', 'drop']) tell(half, kind)
}"""


def test_a_zip_and_its_test_zip_are_dropped_anywhere_seen_before_they_are_sent_and_watched_on_their_way(
    visit, tmp_path, zip_of, pictures
):
    inside = lambda path: base64.b64encode(path.read_bytes()).decode()  # noqa: E731
    training = zip_of(tmp_path / "train.zip", pictures(8) | {"notes.docx": b"notes"})
    test = zip_of(tmp_path / "test.zip", pictures(3, seed=1))
    page = visit("/image_recognition")
    zone, plan, bar = page.locator(".cb-upload"), page.locator(".cb-plan"), page.locator(".cb-upload-bar")
    expect(zone).to_have_attribute("data-state", "idle")
    steps.awake(zone)
    zone.evaluate(DROP, [["other.zip", inside(test)]])
    expect(plan.locator("li")).to_have_text(["Classes: 3, files: 9", "moss3", "rust3", "slate3"])
    page.evaluate(DRAG, ["train", "train.zip", inside(training)])  # in the place of the other
    expect(plan.locator("li")).to_have_text(
        ["Classes: 3, files: 24", "moss8", "rust8", "slate8", "Skipped, other file types: 1"]
    )
    expect(page.locator(".cb-upload-page")).to_be_hidden()
    page.evaluate(DRAG, ["test", "test.zip", inside(test)])  # both are seen, and only a press sends them
    expect(plan).to_have_count(2)
    expect(plan.nth(1).locator("li")).to_have_text(["Classes: 3, files: 9", "moss3", "rust3", "slate3"])
    expect(zone).to_have_attribute("data-state", "ready")

    bar.evaluate(WATCH)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 64 * 1024}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    page.get_by_role("button", name="Upload and import").click()
    expect(zone).to_have_attribute("data-state", "sending")
    steps.address(page, "data")
    shares = page.evaluate("window.shares")
    assert len(set(shares)) > 2 and shares == sorted(shares)
    expect(page.get_by_text(re.compile("; .*9 test"))).to_be_visible(timeout=30_000)
