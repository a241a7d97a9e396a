"""The first two steps: data that come, that are read, and their check."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .. import steps
from . import shots
from .acts import look_at, press, zip_of_noise


@pytest.fixture(scope="module")
def failed_reading(browser, server, tmp_path_factory, zip_of, pictures):
    page = browser.new_page(locale="en-US")
    page.goto(f"{server.url}/image_recognition")
    steps.upload(page, zip_of(tmp_path_factory.mktemp("one") / "cats.zip", pictures(4, classes=("moss",))))
    address = steps.address(page, "read")
    expect(page.get_by_test_id("stAlert")).to_be_visible(timeout=60_000)
    page.close()
    return address


@pytest.fixture(scope="module")
def odd_data(browser, server, tmp_path_factory, zip_of, pictures):
    """Data with copies, a contradiction and files that are no pictures."""
    files = pictures(12)
    copied = files["moss/000.png"]
    files |= {"moss/copy.png": copied, "rust/copy.png": copied, "moss/letter.png": b"Dear Sir", "notes.txt": b"notes"}
    page = browser.new_page(locale="en-US")
    page.goto(f"{server.url}/image_recognition")
    steps.upload(page, zip_of(tmp_path_factory.mktemp("odd") / "noise.zip", files))
    address = steps.address(page, "data")
    page.close()
    return address


@pytest.fixture(scope="module")
def collection(browser, server, tmp_path_factory, pictures):
    folder = tmp_path_factory.mktemp("loose")
    page = browser.new_page(locale="en-US")
    page.goto(f"{server.url}/image_recognition")
    page.get_by_role("button", name="More ways: single pictures, camera").click()
    address = steps.address(page, "draft")
    steps.settled(page)
    for name, content in pictures(3, classes=("moss",)).items():
        (folder / name.replace("/", "-")).write_bytes(content)
    page.locator(".cb-upload-label input").fill("moss")
    page.locator(".cb-upload input[type=file]").first.set_input_files(sorted(folder.iterdir()))
    expect(page.locator(".cb-upload")).to_have_attribute("data-state", "done", timeout=60_000)
    page.close()
    return address


def choose_a_zip(page, _language):
    steps.awake(page.locator(".cb-upload"))
    given = zip_of_noise("leaves.zip", [f"{name}/{n}.png" for name in ("ash", "birch", "oak") for n in range(5)])
    page.locator(".cb-upload input[type=file]").first.set_input_files(given)
    expect(page.locator(".cb-plan")).to_be_visible()


def select_several(page, _language):
    tiles = page.locator(".st-key-image_recognition_items .cb-gallery-item")
    for place in range(4):
        tiles.nth(place).focus()
        page.keyboard.press("x")
    expect(page.locator(".st-key-image_recognition_items .cb-gallery-item[data-selected]")).to_have_count(4)


test_screen = shots.of({
    "empty": ("/image_recognition", "", None),
    "collection": ("collection", "", None),
    "data": ("data", "", None),
    "found": ("odd_data", "", look_at("Issues")),
    "sizes": ("data", "", look_at("Sizes")),
    "aside": ("odd_data", "", look_at("Skipped")),
    "form": ("data", "", press("Hyperparameters")),
    "chosen": ("/image_recognition", "", choose_a_zip),
    "selected": ("odd_data", "&show=class:rust", select_several),
    "failed": ("failed_reading", "", None),
})  # fmt: skip
