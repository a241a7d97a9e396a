"""A Chromium that looks at the app, and what time it takes it until something is to be seen."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
DOWN = "addEventListener('click', () => { performance.mark('click') }, true)"
UNTIL = """([holds, limit]) => new Promise((seen, failed) => {
  const since = () => performance.now() - performance.getEntriesByName('click').at(-1).startTime
  const painted = () => requestAnimationFrame(() => requestAnimationFrame(() => seen(since())))
  const look = () => {
    if (since() > limit) failed(new Error(holds))
    else new Function(`return ${holds}`)() ? painted() : requestAnimationFrame(look)
  }
  look()
})"""


@contextmanager
def chromium(address: str, *, script: str = "", width: int = 1280, height: int = 900) -> Iterator[Page]:
    """A page at this address that remembers when it was clicked last; `script` runs in it as well.

    Raises:
        RuntimeError: no Chromium is here.
    """
    named = (os.environ.get("CASEBOOK_CHROMIUM"), *map(shutil.which, CHROMIUMS))
    found = next(filter(None, named), None)
    if found is None:
        raise RuntimeError("No Chromium was found: install it, or name it in CASEBOOK_CHROMIUM.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(QUIET))
        page = browser.new_page(locale="en-US", viewport={"width": width, "height": height})
        page.add_init_script(f"{DOWN}\n{script}")
        page.goto(address)
        yield page
        browser.close()


def since_click(page: Page, holds: str, limit: float = 60) -> float:
    """Seconds from the last click until the JavaScript `holds` is true and the frame that shows it is painted."""
    return page.evaluate(UNTIL, [holds, 1000 * limit]) / 1000


def settled(page: Page) -> None:
    """The page's script has run to its end."""
    page.wait_for_selector('.stApp[data-test-script-state="notRunning"]', timeout=60_000)
