"""A file that is over a limit is refused before a byte of it is sent, and what could go is shown."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from runs.limits import allowances
from runs.limits.allowances import Allowance

from . import steps

MB = 10**6


@pytest.fixture
def limited(visit, server, monkeypatch):
    """Choose files of these sizes where this is allowed; the page, its zone, and where anything was sent."""
    monkeypatch.setenv("CASEBOOK_HOME", str(server.home))

    def choosing(allowed, **sizes):
        allowances.allow("local", allowed)
        page, sent = visit("/image_recognition"), []
        page.on("request", lambda request: sent.append(request.url) if request.method == "PUT" else None)
        zone = page.locator(".cb-upload").first
        steps.awake(zone)
        zone.locator("input[type=file]").first.set_input_files(
            [{"name": f"{name}.zip", "mimeType": "application/zip", "buffer": bytes(n)} for name, n in sizes.items()]
        )
        return page, zone, sent

    yield choosing
    allowances.allow("local", Allowance())


def test_files_that_do_not_fit_are_not_sent_and_the_largest_are_shown_with_a_way_to_delete_them(limited, data):
    page, zone, sent = limited(Allowance(storage=1), leaves=MB, test=MB)
    expect(zone).to_contain_text("Your storage of 1 kB is full. Delete data sets or runs first.")
    expect(zone.get_by_role("status").first).to_contain_text("but only 0 kB is left")
    listed = page.locator("[class*='st-key-stored_']").filter(has=page.get_by_role("link"))
    expect(listed.first).to_contain_text(re.compile(r"\d [kMG]B"))
    steps.settled(page)
    listed.first.get_by_role("button", name="Delete").click()  # the home is shared: which it is, is for other tests
    expect(page.get_by_role("dialog")).to_contain_text("Delete permanently")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(zone.get_by_role("status").first).to_contain_text("but only 0 kB is left")
    assert sent == []
