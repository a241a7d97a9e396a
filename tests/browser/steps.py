"""What a person does and sees on the pages, in English unless said otherwise."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar
from urllib.parse import urlsplit

from playwright.sync_api import Error, Locator, Page, TimeoutError, expect

T = TypeVar("T")

LANGUAGES = {"English": "en", "简体中文": "zh"}
PATIENCE = 60  # seconds until what does not come counts as missing
LOSS = '[data-chart="loss"] .cb-live-plot'
OPEN = "!document.getElementById('root') || document.querySelector('.stMain h1') !== null"  # or a page without scripts
AT_REST = """document.querySelector('.stMain h1') !== null &&
    document.querySelector('.stApp')?.dataset.testScriptState === 'notRunning'"""
SOON = 50  # milliseconds between two looks; an expectation looks twice a second only, once it has waited for a while


def comes(page: Page, read: Callable[[], T], fits: Callable[[T], bool], limit: float = PATIENCE) -> T:
    """Read until what was read fits, for a page needs its moment; `limit` in seconds. AssertionError with the last."""
    end = time.monotonic() + limit
    while not fits(found := read()):
        if time.monotonic() > end:
            raise AssertionError(f"This did not come within {limit:g} s; the last that was read: {found!r}")
        page.wait_for_timeout(100)
    return found


def upload(page: Page, path: object) -> None:
    """Choose files; what shows first how it will be read is sent."""
    zone = page.locator(".cb-upload").first
    awake(zone)
    zone.locator("input[type=file]").first.set_input_files(path)
    if zone.get_attribute("data-state") == "ready":
        zone.locator("[data-do=read]").click()


def give(page: Page, path: object) -> None:
    """Have the trained model answer for a file."""
    zone = page.locator(".cb-try-give")
    awake(zone)
    zone.locator("input[data-for=choose]").set_input_files(path)


def awake(zone: Locator) -> None:
    """Wait until the script of a component listens; it writes the words then, and before that nobody could press."""
    expect(zone.locator("[data-say=title]")).not_to_have_text("")


def link(page: Page) -> str:
    """Press the button of the unfolded form; the whole address of the link that it makes, which is shown once."""
    page.get_by_role("button", name="Create link").click()
    told = page.get_by_test_id("stCode").filter(has_text="demo?t=")
    expect(told).to_contain_text("/demo?t=")
    return told.inner_text().strip()


def address(page: Page, name: str) -> str:
    """Path and query, as soon as they name a data set, a reading or a run."""
    page.wait_for_url(re.compile(rf"[?&]{name}=\w+"), wait_until="commit", timeout=60_000)
    _scheme, _host, path, query, _fragment = urlsplit(page.url)
    return f"{path}?{query}"


def choose(page: Page, field: str | re.Pattern[str], option: str | re.Pattern[str]) -> None:
    """Take an option of a select box; its list closes when the page scrolls or grows: then it is opened again."""
    box, wanted = page.get_by_role("combobox", name=field).first, page.get_by_role("option", name=option)
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
    choose(page, "Trainable part", mode)
    page.get_by_text("Hyperparameters", exact=True).click()
    for name, value in numbers.items():
        label = name.replace("_", " ").capitalize()
        page.get_by_label(label, exact=True).fill(f"{value:.7g}")
    page.get_by_role("button", name="Start fine-tuning").click()


def status(page: Page, name: str, limit: float = 90) -> None:
    """Wait until the run has this status: the live view says it, and once that is folded, the header."""
    told = page.locator(".st-key-run_header_line").get_by_text(name.capitalize(), exact=True)
    expect(page.locator(f'.cb-live[data-status="{name}"]').or_(told).first).to_be_visible(timeout=1000 * limit)


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
    box = plot.bounding_box()  # by the wheel, for the page takes back what a script scrolls
    page.mouse.wheel(0, box["y"] + box["height"] / 2 - page.viewport_size["height"] / 2)
    still(page)
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


def unfold(page: Page, step: int) -> None:
    """Open a step that is folded to one line, by the rail."""
    expect(page.locator(f".st-key-section_{step} summary").first).to_be_visible(timeout=30_000)
    settled(page)
    page.locator(".cb-rail-button").nth(step - 1).click()
    expect(page.locator(f".st-key-section_{step} details").first).to_have_attribute("open", "")
    settled(page)


def see(page: Page, view: str) -> None:
    """Choose another view of the evaluation."""
    settled(page)
    page.get_by_role("radio", name=view, exact=True).click()
    expect(page.get_by_role("radio", name=view, exact=True)).to_be_checked()
    settled(page)


def opened(page: Page) -> None:
    """Wait until the title of the page is there; where it does not come, whoever asks for it says so."""
    with suppress(Error):  # also where it goes to another address at once
        if not page.evaluate(OPEN):  # looked at first: a page of accounts forbids what waiting needs
            page.wait_for_function(OPEN, timeout=5_000, polling=SOON)


def settled(page: Page) -> None:
    """Wait until the page's script has run to its end; after it has begun, where the page was just opened."""
    page.wait_for_function(AT_REST, timeout=30_000, polling=SOON)


def drawn(page: Page) -> None:
    """Wait until the script has run, and what it sent is there and not its placeholder."""
    settled(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    still(page)


def still(page: Page) -> None:
    """Wait until nothing on the page has grown or moved for a quarter of a second."""
    page.evaluate("""async () => {
        const main = document.querySelector('.stMain')
        const now = () => `${main.scrollTop} ${main.scrollHeight}`
        for (let seen = ''; seen !== now(); ) {
            seen = now()
            await new Promise((later) => setTimeout(later, 250))
        }
    }""")


def fits_the_window(page: Page) -> None:
    """Nothing scrolls sideways once everything has found its place: a chart is first drawn, then fitted."""
    settled(page)
    still(page)
    widths = "[document.scrollingElement, document.querySelector('.stMain')].map((e) => e.scrollWidth - innerWidth)"
    comes(page, lambda: page.evaluate(widths), lambda beyond: max(beyond) <= 0)


def click_in(page: Page, chart: Locator, across: float, down: float) -> None:
    """Click into the area of a chart, at these shares of its width and height."""
    area = chart.locator(".nsewdrag").first
    area.scroll_into_view_if_needed()
    settled(page)
    still(page)
    box = area.bounding_box()
    page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)


def click_point(page: Page, chart: Locator) -> None:
    """Click the first point of a scatter chart, as soon as the chart says that it is under the pointer."""
    point = chart.locator(".points path").first
    point.wait_for(state="attached", timeout=30_000)
    point.scroll_into_view_if_needed()
    settled(page)
    still(page)
    box = point.bounding_box()
    place = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*place)
    expect(chart.locator(".hoverlayer .hovertext")).not_to_have_count(0)
    page.mouse.click(*place)
