"""Who left the tab is told how the run goes on: by the browser, where that is allowed, and by a webhook."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect
from test_webhooks import receiver

from runs.store import webhooks

from . import steps

# A page's own record of what the browser was asked to show: a headless one shows nothing, and gives no leave to.
HEARD = """(() => {
  window.told = []
  const Real = window.Notification
  window.Notification = class extends Real {
    static permission = 'default'
    static async requestPermission() {
      return (this.permission = 'granted')
    }
    constructor(title, more) {
      super(title, more)
      window.told.push(more.body)
    }
  }
})()"""


@pytest.fixture
def started(server, data):
    """Open a short training in a browser that was given this leave; returns its page."""

    def start(visit, *, granted, locale="en-US"):
        page = visit("/", locale=locale)
        if granted:
            page.add_init_script(HEARD)
        page.goto(server.url + data)
        steps.train(page, mode="Head only", epochs=20, learning_rate=0.001)
        steps.address(page, "run")
        return page

    return start


def test_a_notification_comes_also_while_the_tab_is_in_the_background(visit, started):
    page = started(visit, granted=True)
    assert page.evaluate("told") == []  # nothing before it was asked for
    button = page.get_by_role("button", name="Notify me in this browser")
    button.click()
    expect(page.get_by_role("button", name="Stop notifying me")).to_be_visible()
    page.evaluate("""() => {
        Object.defineProperty(document, 'hidden', { get: () => true })
        document.dispatchEvent(new Event('visibilitychange'))
    }""")
    told = steps.comes(page, lambda: page.evaluate("told"), lambda found: any("is done" in one for one in found), 240)
    assert re.search(r"“.+” is done: Accuracy [\d.]+%\.", told[-1])


def test_where_the_browser_refuses_the_page_says_so(visit, started):
    page = visit("/")
    page.add_init_script("Object.defineProperty(Notification, 'permission', { get: () => 'denied' })")
    page = started(lambda *_a, **_k: page, granted=False)
    expect(page.get_by_text("This browser blocks notifications of this site.")).to_be_visible()
    expect(page.get_by_role("button", name="Notify me in this browser")).to_have_count(0)


@pytest.fixture
def no_webhook(server, monkeypatch):
    """The home is shared, also with an attempt before this one."""
    monkeypatch.setenv("CASEBOOK_HOME", str(server.home))
    webhooks.remove("local")
    yield
    webhooks.remove("local")


def test_a_webhook_receives_the_end_of_a_run(visit, server, started, no_webhook):
    with receiver() as (where, came):
        page = visit("/runs")
        page.get_by_text("Webhook", exact=True).click()
        page.get_by_label("Address").fill(where)
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("shown only now")).to_be_visible()
        steps.settled(page)
        running = started(visit, granted=False)
        mine = steps.comes(
            page, lambda: [one for _, body in came if (one := json.loads(body))["run"]["id"] in running.url],
            lambda found: found, 240,
        )  # fmt: skip
        assert mine[0]["event"] in ("done", "overfit") and mine[0]["link"].startswith(server.url)
        page.get_by_role("button", name="Remove webhook").click()
        expect(page.get_by_label("Address")).to_be_visible()
