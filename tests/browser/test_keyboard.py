"""The whole way without a mouse: Tab, Enter, and the keys of the steps."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from . import steps

MOST = 60  # presses of Tab; a page with more in front of what one wants is not usable
FOCUSED = """() => {
  let at = document.activeElement
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement
  if (!at?.matches('a, button, summary')) return '' // the page itself can have the focus, and all its text
  return (at.getAttribute('aria-label') || at.innerText).trim()
}"""


def reach(page: Page, name: str) -> None:
    """Press Tab until what is called so has the focus."""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        if name in page.evaluate(FOCUSED):
            return
    raise AssertionError(f"{name!r} is not reached by {MOST} presses of Tab")


def test_the_keyboard_alone_leads_from_a_sample_to_an_answer_and_the_model(visit):
    page = visit("/image_recognition")
    expect(page.get_by_role("button", name="Try it with handwritten digits")).to_be_visible()
    steps.settled(page)
    reach(page, "Try it with handwritten digits")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible(timeout=60_000)
    steps.settled(page)
    reach(page, "Start")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="5 · Evaluate")).to_be_in_viewport(timeout=180_000)
    expect(page.get_by_role("button", name="Share", exact=True)).to_be_visible(timeout=60_000)
    steps.settled(page)

    page.keyboard.press("6")
    expect(page.get_by_role("heading", name="6 · Try")).to_be_in_viewport()
    reach(page, "Example 1")
    page.keyboard.press("Enter")
    expect(page.locator(".cb-try-answer li")).to_have_count(5, timeout=30_000)
    page.keyboard.press("7")
    reach(page, "Download the model")
    with page.expect_download():
        page.keyboard.press("Enter")
