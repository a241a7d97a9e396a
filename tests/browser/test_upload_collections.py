"""Pictures brought one by one, by folder, by camera, with a table, with a test file."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from . import steps

COLLECT = "More ways: single pictures, camera, class table, test file"
FAKE_CAMERA = """navigator.mediaDevices.getUserMedia = async () => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 240 })
  const draw = canvas.getContext('2d')
  setInterval(() => { draw.fillStyle = `hsl(${Date.now() % 360} 80% 50%)`; draw.fillRect(0, 0, 320, 240) }, 20)
  return canvas.captureStream()
}"""


@pytest.fixture
def loose(tmp_path, pictures):
    """The files of some classes, in a folder for each."""

    def write(each=6, **more):
        for name, content in pictures(each, **more).items():
            (tmp_path / "pets" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "pets" / name).write_bytes(content)
        return tmp_path / "pets"

    return write


@pytest.fixture
def collection(visit):
    """A page with an empty collection."""
    page = visit("/image_recognition")
    page.get_by_role("button", name=COLLECT).click()
    steps.address(page, "draft")
    expect(page.get_by_text("Nothing collected yet")).to_be_visible()
    return page


def add(page, files, label=""):
    """Choose files into a class, and wait until the page lists them."""
    steps.settled(page)
    steps.awake(page.locator(".cb-upload"))
    page.locator(".cb-upload-label input").fill(label)
    steps.upload(page, files)
    expect(page.locator(".cb-upload")).to_have_attribute("data-state", "done", timeout=60_000)
    steps.settled(page)


def read(page):
    page.get_by_role("button", name="Import pictures").click()
    steps.address(page, "data")
    steps.settled(page)


def ready(page, pictures):
    expect(page.get_by_text(f"Ready: {pictures} examples")).to_be_visible()


def test_loose_pictures_and_those_of_the_camera_go_into_the_classes_that_are_typed(collection, loose):
    page, folder = collection, loose()
    page.evaluate(FAKE_CAMERA)
    page.get_by_role("button", name="Use the camera").click()
    page.get_by_role("button", name="Take a picture").click()
    expect(page.locator(".cb-upload-message")).to_have_text("Type the class first.")
    page.locator(".cb-upload-label input").fill("me")
    for number in (1, 2, 3):
        page.get_by_role("button", name="Take a picture").click()
        expect(page.get_by_text(f"me · {number}", exact=True)).to_be_visible()
        steps.settled(page)
    page.get_by_role("button", name="Close the camera").click()
    expect(page.locator(".cb-upload-camera")).to_be_hidden()
    page.get_by_role("button", name="Import pictures").click()  # of one class: it says why not, and can be completed
    expect(page.get_by_test_id("stAlert")).to_contain_text("“me” holds one class only, “me”.", timeout=60_000)

    for label in ("moss", "rust"):
        add(page, sorted((folder / label).iterdir()), f"{label} <i>")
    for label in ("moss", "rust"):
        expect(page.get_by_text(f"{label} <i> · 6", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_text("15 files collected")).to_be_visible()
    steps.settled(page)
    page.get_by_text("rust <i> · 6", exact=True).click()
    steps.settled(page)
    expect(page.locator(".cb-collected")).to_have_count(6)
    page.wait_for_function("[...document.querySelectorAll('.cb-collected')].every(picture => picture.naturalWidth > 0)")
    page.locator("[class*=contents_][class*=_out_] button:visible").nth(3).click()
    expect(page.get_by_text("rust <i> · 5", exact=True)).to_be_visible()
    read(page)
    expect(page.get_by_text("me, moss <i>, rust <i>", exact=True).first).to_be_visible()
    expect(page.get_by_text("14 examples in 3 classes")).to_be_visible()  # too few of one to be called ready


def test_a_folder_of_folders_begins_a_collection_from_the_first_page(visit, loose):
    page, folder = visit("/image_recognition"), loose(above="train/")
    loose(2, above="test/", seed=1)
    (folder / "notes.docx").write_text("notes")
    steps.settled(page)
    steps.awake(page.locator(".cb-upload"))
    page.locator(".cb-upload input[type=file]").last.set_input_files(folder)
    steps.address(page, "draft")
    expect(page.get_by_text("24 files collected")).to_be_visible()
    expect(page.get_by_text("moss · 8", exact=True)).to_be_visible()
    read(page)
    expect(page.get_by_text("pets", exact=True).first).to_be_visible()
    ready(page, 24)


def test_a_zip_and_its_table_are_read_together(visit, tmp_path, pictures, zip_of):
    flat = {name.replace("/", "-"): content for name, content in pictures(6).items()}
    archive = zip_of(tmp_path / "pets.zip", flat)
    table = tmp_path / "labels.csv"
    chinese = {"moss": "苔藓", "rust": "铁锈", "slate": "石板"}
    lines = "".join(f"{name},{chinese[name.split('-')[0]]}\n" for name in flat)
    table.write_bytes(f"文件名,类别\n{lines}nowhere.png,苔藓\n".encode("gb18030"))
    page = visit("/image_recognition")
    steps.settled(page)
    steps.upload(page, [archive, table])
    steps.address(page, "draft")
    read(page)
    expect(page.get_by_text("“labels.csv” read as GB18030, separator “,”.")).to_be_visible()
    expect(page.get_by_text("“labels.csv”: column “类别” detected as class from its name.")).to_be_visible()
    ready(page, 18)


def test_three_hundred_files_are_sent_with_one_bar_and_discarded_after_a_question(collection, tmp_path, pictures):
    page, content = collection, next(iter(pictures(1, classes=("moss",)).values()))
    (tmp_path / "many").mkdir()
    for number in range(300):
        (tmp_path / "many" / f"{number:04}.png").write_bytes(content)
    steps.settled(page)
    page.set_viewport_size({"width": 390, "height": 844})
    steps.fits_the_window(page)
    page.locator(".cb-upload-label input").fill("moss")
    steps.upload(page, sorted((tmp_path / "many").iterdir()))
    expect(page.locator("[data-say=name]")).to_contain_text(re.compile(r"\d+ of 300 files"))
    expect(page.locator(".cb-upload-message")).to_have_text("300 files are uploaded.", timeout=60_000)
    expect(page.get_by_text("moss · 300", exact=True)).to_be_visible()
    assert page.evaluate("document.querySelectorAll('[data-testid=stElementContainer]').length") < 200
    for answer in ("Cancel", "Delete permanently"):
        steps.settled(page)
        page.get_by_role("button", name="Delete collection").click()
        page.get_by_role("dialog").get_by_role("button", name=answer).click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        if answer == "Cancel":
            expect(page.get_by_text("moss · 300", exact=True)).to_be_visible()
    expect(page.get_by_text("Drop your training data here")).to_be_visible()
