"""What a person does and sees on the pages, in English unless said otherwise."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import Page, TimeoutError, expect

LANGUAGES = {"English": "en", "简体中文": "zh"}
LOSS = '[data-chart="loss"] .cb-live-plot'


def upload(page: Page, path: object) -> None:
    page.locator(".cb-upload input[type=file]").first.set_input_files(path)


def address(page: Page, name: str) -> str:
    """Path and query, as soon as they name a data set, a reading or a run."""
    page.wait_for_url(re.compile(rf"[?&]{name}=\w+"), wait_until="commit", timeout=60_000)
    _scheme, _host, path, query, _fragment = urlsplit(page.url)
    return f"{path}?{query}"


def choose(page: Page, field: str, option: str) -> None:
    """Take an option of a select box; its list closes when the page scrolls or grows: then it is opened again."""
    box, wanted = page.get_by_role("combobox", name=field), page.get_by_role("option", name=option)
    box.scroll_into_view_if_needed()
    settled(page)
    for attempt in range(5):
        still(page)
        box.click()
        try:
            wanted.click(timeout=6_000)
            break
        except TimeoutError:
            if attempt == 4:
                raise
    settled(page)


def train(page: Page, *, mode: str, **numbers: float) -> None:
    """Start with these settings; `numbers` are fields of the form by their labels, `batch_size` for “Batch size”."""
    choose(page, "What learns", mode)
    page.get_by_text("More settings").click()
    for name, value in numbers.items():
        label = name.replace("_", " ").capitalize()
        page.get_by_label(label, exact=True).fill(f"{value:.7g}")
    page.get_by_role("button", name="Start fine-tuning").click()


def status(page: Page, name: str, limit: float = 90) -> None:
    """Wait until the live view says so; `limit` in seconds."""
    expect(page.locator(".cb-live")).to_have_attribute("data-status", name, timeout=limit * 1000)


def points(page: Page, at_least: int = 1) -> int:
    """How many points the training curve has, once there are enough."""
    count = f"(document.querySelector('{LOSS}')?.data?.[0].x.length ?? 0)"
    page.wait_for_function(f"{count} >= {at_least}", timeout=180_000)
    return page.evaluate(count)


def curve(page: Page) -> list[tuple[float, float]]:
    """The training curve as it is drawn: epoch and loss."""
    return page.eval_on_selector(LOSS, "({ data: [{ x, y }] }) => x.map((across, i) => [across, y[i]])")


def polled(page: Page, times: int) -> None:
    """Wait for so many answers with news of the run."""
    for _ in range(times):
        with page.expect_response(lambda response: "/api/metrics" in response.url):
            pass


def drag_zoom(page: Page) -> list[float]:
    """Zoom the loss chart into the middle of its width; returns the range of epochs then shown."""
    plot = page.locator(f"{LOSS} .nsewdrag").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    across, down = (lambda share: box["x"] + share * box["width"]), box["y"] + box["height"] / 2
    page.mouse.move(across(0.3), down)
    page.mouse.down()
    page.mouse.move(across(0.7), down, steps=5)
    page.mouse.up()
    page.wait_for_function(f"document.querySelector('{LOSS}').layout.xaxis.autorange === false")
    return zoom(page)


def zoom(page: Page) -> list[float]:
    return page.evaluate(f"document.querySelector('{LOSS}').layout.xaxis.range")


def choose_language(page: Page, name: str) -> None:
    settled(page)
    page.get_by_label("语言 / Language").click()
    page.get_by_role("option", name=name).click()
    expect(page.locator("html")).to_have_attribute("lang", LANGUAGES[name])
    settled(page)


def settled(page: Page) -> None:
    """Wait until the page's script has run to its end."""
    expect(page.locator(".stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=30_000)


def drawn(page: Page) -> None:
    """Wait until the script has run, and what it sent is there and not its placeholder."""
    settled(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    still(page)


def still(page: Page) -> None:
    """Wait until nothing on the page has grown or moved for half a second."""
    page.evaluate("""async () => {
        const main = document.querySelector('.stMain')
        const now = () => `${main.scrollTop} ${main.scrollHeight}`
        for (let seen = ''; seen !== now(); ) {
            seen = now()
            await new Promise((later) => setTimeout(later, 500))
        }
    }""")


def scrolls_sideways(page: Page) -> bool:
    wide = "[document.scrollingElement, document.querySelector('.stMain')].some((e) => e.scrollWidth > innerWidth)"
    return page.evaluate(wide)
