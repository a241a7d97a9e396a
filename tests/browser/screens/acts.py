"""What is done to get to a screen, in the language that the page has."""

from __future__ import annotations

import io
import re
import zipfile

import numpy as np
from PIL import Image
from playwright.sync_api import expect

from runs.language import say

from .. import steps


def brought(browser, server, case, button):
    """The address of a case's sample data."""
    page = browser.new_page(locale="en-US")
    page.goto(f"{server.url}/{case}")
    page.get_by_role("button", name=button).click()
    address = steps.address(page, "data")
    page.close()
    return address


def trained_on(browser, server, data, limit):
    """The address of a run by the defaults, once it is done."""
    page = browser.new_page(locale="en-US")
    page.goto(server.url + data)
    page.get_by_role("button", name="Start fine-tuning").click()
    steps.status(page, "done", limit=limit)
    address = steps.address(page, "run")
    page.close()
    return address


def shared(browser, server, run, lent):
    """The address of a new demo; `lent`: the box that lets it show examples of the test part."""
    page = browser.new_page(locale="en-US")
    page.goto(server.url + run)
    page.get_by_text("Private demo link").first.click(timeout=30_000)
    if lent:
        page.get_by_text(lent).click()
    page.get_by_role("button", name="Create link").click()
    told = page.get_by_test_id("stCode").filter(has_text="demo?t=")
    expect(told).to_contain_text("/demo?t=")
    address = told.inner_text().strip()
    page.close()
    return address[address.index("/demo") :]


def press(*names):
    def act(page, language):
        for name in names:
            page.get_by_text(say(language, name), exact=True).first.click()
            steps.settled(page)

    return act


def look_at(name):
    """Choose a part of the check; its name may have a number behind it."""

    def act(page, language):
        page.get_by_role("radio", name=re.compile(f"^{say(language, name)}")).first.click()
        steps.settled(page)

    return act


def zip_of_noise(name, members):
    """A zip of pictures without sense, as a browser is given it."""
    told = io.BytesIO()
    with zipfile.ZipFile(told, "w") as archive:
        for number, member in enumerate(members):
            seen = io.BytesIO()
            noise = np.random.default_rng(number).integers(0, 255, (32, 32), dtype=np.uint8)
            Image.fromarray(noise).save(seen, "PNG")
            archive.writestr(member, seen.getvalue())
    return {"name": name, "mimeType": "application/zip", "buffer": told.getvalue()}


def mistake(shown):
    """Open the first item of a list, with what speaks for the answer to it; `shown`: where that is seen."""

    def act(page, _language):
        page.locator(".cb-gallery-item, .cb-passage, button.cb-recording-head").first.click()
        expect(page.locator(shown).first).to_be_visible(timeout=60_000)

    return act
