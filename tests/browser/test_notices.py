"""Who left the tab is told how the run goes on: by the browser, where that is allowed, and by a webhook."""

from __future__ import annotations

import json
import re

from playwright.sync_api import expect
from test_webhooks import receiver

from . import bringing, steps

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
LEFT = """() => {
  Object.defineProperty(document, 'hidden', { get: () => true })
  document.dispatchEvent(new Event('visibilitychange'))
}"""


def test_the_end_of_a_run_is_told_in_the_background_and_to_a_webhook(visit, server, data):
    with receiver() as (where, came):
        hooked = visit("/runs")
        steps.settled(hooked)
        hooked.get_by_text("Webhook", exact=True).click()
        hooked.get_by_label("Address").fill(where)
        hooked.get_by_label("Address").press("Enter")  # else leaving the field and the press are two at once
        steps.settled(hooked)
        hooked.get_by_role("button", name="Save").click()
        expect(hooked.get_by_text("shown only now")).to_be_visible()

        page = visit()
        page.add_init_script(HEARD)
        address = bringing.begun(server, data, mode="head", epochs=20, learning_rate=0.001)
        run = address.partition("run=")[2]
        page.goto(server.url + address)
        button = page.get_by_role("button", name="Notify me in this browser")
        expect(button).to_be_visible()
        assert page.evaluate("told") == []  # nothing before it was asked for
        button.click()
        expect(page.get_by_role("button", name="Stop notifying me")).to_be_visible()
        page.evaluate(LEFT)
        read = lambda: page.evaluate("told")  # noqa: E731
        told = steps.comes(page, read, lambda found: any("is done" in one for one in found), 240)
        assert re.search(r"“.+” is done: Accuracy [\d.]+%\.", told[-1])

        read = lambda: [one for _, body in [*came] if (one := json.loads(body))["run"]["id"] == run]  # noqa: E731
        [first, *_] = steps.comes(page, read, bool, 60)
        assert first["event"] in ("done", "overfit") and first["link"].startswith(server.url)
        hooked.get_by_role("button", name="Remove webhook").click()
        expect(hooked.get_by_label("Address")).to_be_visible()
