"""Step 2 in a browser: what is odd is found, looked at, mended and taken back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from cases.base import UploadedFile
from models.progress import QUIET
from runs.jobs import data_import
from runs.store import dataset_rows

from . import steps

READY = "Ready: {} examples in 3 classes"
ODD = {"moss/letter.png": b"Dear Sir or Madam", '=1,"+1.png': b"Dear Sir", "-notes.txt": b"notes"}


@pytest.fixture(scope="module")
def usual(server, zip_of, pictures, tmp_path_factory):
    """The address of thirty pictures, two copies of one of them and what is no picture."""
    files = pictures(10)
    copied = files["moss/000.png"]
    files |= {"moss/copy.png": copied, "rust/copy.png": copied, **ODD}
    path = zip_of(tmp_path_factory.mktemp("noise") / "noise.zip", files)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(server.home))
        read = data_import.into_dataset("image_recognition", [UploadedFile(path, path.name)], "checked", QUIET)
        dataset_rows.add("local", "checked", "image_recognition", read.name, sample=False)
    return "/image_recognition?data=checked"


@pytest.fixture
def brought(visit, server, usual):
    """A page with these data, of which nothing is changed yet."""

    def opening(**more):
        server.forget_edits()
        page = visit(usual, **more)
        expect(page.get_by_test_id("stAlert").first).to_be_visible()
        steps.drawn(page)
        return page

    return opening


def look(page, name):
    page.get_by_role("radio", name=re.compile(rf"^{name}")).click()
    steps.settled(page)


def tiles(page):
    return page.locator(".st-key-image_recognition_items .cb-gallery-item")  # not those that the check begins with


def browse(page, name, number):
    """The pictures of a class."""
    steps.choose(page, "Browse by class", f"{name} ({number})")
    expect(tiles(page)).to_have_count(number)
    steps.settled(page)
    return tiles(page)


def test_a_class_is_renamed_where_one_stands_and_copies_are_found_thinned_out_and_all_is_taken_back(brought):
    page = brought()
    expect(page.get_by_text("32 examples in 3 classes")).to_be_visible()
    expect(page.get_by_text(READY.format(32))).to_be_hidden()  # contradicting labels stand in front
    page.get_by_role("button", name="Rename classes").click()
    dialog = page.get_by_role("dialog")
    steps.settled(page)
    dialog.get_by_label("rust").fill("iron")
    dialog.get_by_role("button", name="Rename").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("1 class renamed. Train for a model with the new names.")).to_be_visible()
    browse(page, "iron", 11)

    look(page, "Issues")
    expect(page.get_by_text("Duplicates with different labels").first).to_be_visible()
    page.get_by_role("button", name="Show examples").first.click()
    expect(tiles(page)).to_have_count(3)
    tiles(page).first.locator("img").evaluate("(picture) => picture.decode()")
    steps.settled(page)
    page.get_by_role("button", name="Exclude all (3)").first.click()
    expect(page.get_by_text(READY.format(29))).to_be_visible()
    look(page, "Changes")
    expect(page.get_by_text("Renamed classes: rust → iron")).to_be_visible()
    page.get_by_role("button", name="Undo all changes").click()
    expect(page.get_by_text("32 examples in 3 classes")).to_be_visible()


def test_a_label_is_mended_in_place_and_the_reload_knows_it(brought):
    page = brought()
    steps.choose(page, "Browse by class", "rust (11)")
    expect(tiles(page)).to_have_count(11)
    steps.settled(page)
    tiles(page).last.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Label: rust")
    steps.settled(page)
    page.get_by_role("combobox", name="New label").fill("moss")
    expect(page.get_by_role("option", name="moss").first).to_be_visible()
    expect(page.get_by_role("option", name="slate")).to_have_count(0)  # what is typed has been looked for
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Corrected; original label: rust.")
    page.reload()
    expect(dialog).to_contain_text("Corrected; original label: rust.", timeout=20_000)
    expect(dialog.locator(".cb-viewer-frame img")).to_be_visible()  # it comes last, and moves what stands below
    steps.drawn(page)
    dialog.get_by_role("button", name="Undo last change").click()
    expect(dialog).to_contain_text("Label: rust")
    expect(dialog).not_to_contain_text("original label")


def test_the_closer_look_shows_all_of_a_picture_zooms_and_goes_by_the_arrow_keys(brought):
    page = brought()
    steps.choose(page, "Browse by class", "slate (10)")
    expect(tiles(page)).to_have_count(10)
    steps.settled(page)
    tiles(page).nth(2).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("3 of 10")
    frame = dialog.locator(".cb-viewer-frame")
    assert frame.locator("img").evaluate("async (it) => [await it.decode(), it.naturalWidth][1]") == 48  # as it came
    frame.focus()
    page.keyboard.press("+")
    expect(dialog.locator("output")).to_have_text("150%")
    page.keyboard.press("0")
    expect(dialog.locator("output")).to_have_text("100%")
    frame.click()
    expect(dialog.locator("output")).to_have_text("250%")
    page.keyboard.press("ArrowRight")
    expect(dialog).to_contain_text("4 of 10")
    expect(dialog.locator("output")).to_have_text("100%")
    page.keyboard.press("ArrowLeft")
    expect(dialog).to_contain_text("3 of 10")


def test_several_pictures_are_selected_and_corrected_in_one_edit(brought):
    page = brought()
    shown = browse(page, "slate", 10)
    shown.nth(1).click(modifiers=["ControlOrMeta"])
    shown.nth(4).click(modifiers=["Shift"])
    expect(shown.locator("xpath=self::*[@data-selected]")).to_have_count(4)
    expect(page.get_by_text("4 selected")).to_be_visible()
    shown.nth(6).focus()
    page.keyboard.press("x")
    expect(page.get_by_text("5 selected")).to_be_visible()
    steps.choose(page, "Correct label", "moss")
    sure, done = page.get_by_role("button", name="Change all 5"), page.get_by_text("5 corrected to “moss”")
    expect(sure.or_(done)).to_be_visible()
    if sure.count():  # some of them are in the test part
        sure.click()
    expect(done).to_be_visible()
    expect(shown).to_have_count(5)
    steps.settled(page)
    page.get_by_role("button", name="Revoke").click()
    expect(shown).to_have_count(10)
