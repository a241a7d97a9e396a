"""A report as somebody without Casebook sees it: a file that is opened, pointed at, read on a phone and printed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from runs.exports.report import document
from runs.exports.report.blocks import Matrix, Report, Section

from . import steps

# Words of Latin letters that stand on more than one line.
BROKEN = """(all) => all.flatMap((one) => [...one.textContent.matchAll(/[A-Za-z]+/g)].filter((word) => {
  const range = document.createRange()
  range.setStart(one.firstChild, word.index)
  range.setEnd(one.firstChild, word.index + word[0].length)
  return range.getClientRects().length > 1
}).map(([word]) => word))"""
OPAQUE = "(line) => getComputedStyle(line).opacity"


@pytest.fixture(scope="module")
def report(browser, server, trained, tmp_path_factory):
    """The file that the owner downloads, with examples."""
    page = browser.new_page(locale="en-US")
    page.goto(server.url + trained)
    steps.settled(page)
    page.get_by_text("Model report").first.click(timeout=30_000)
    steps.settled(page)
    page.get_by_text("Include mistakes with their test examples").click()
    steps.settled(page)
    page.get_by_role("button", name="Create report").click()
    link = page.get_by_role("link", name="Download the report")
    expect(link).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        link.click()
    file = tmp_path_factory.mktemp("report") / "report.html"
    download.value.save_as(file)
    page.close()
    return file


@pytest.fixture
def opened(browser, report):
    """Open it as a file; nothing may be asked for but the file, and nothing may be complained of."""
    asked, troubles, pages = [], [], []

    def opening(**more):
        page = browser.new_page(**more)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda told: troubles.append(told.text))
        page.goto(report.as_uri())
        pages.append(page)
        return page

    yield opening
    for page in pages:
        page.close()
    assert [url for url in asked if not url.startswith("data:")] == [report.as_uri()] * len(pages)
    assert troubles == []


def test_it_opens_without_the_app_its_curves_are_read_off_under_the_pointer_and_its_figures_are_printed_whole(opened):
    page = opened()
    expect(page.get_by_role("heading", name="Summary")).to_be_visible()
    assert page.evaluate("document.querySelector('.headline').checkVisibility()")
    assert page.locator("main").evaluate("(main) => getComputedStyle(main).maxWidth") == "848px"  # its style is allowed
    bands = page.locator(".curves").last.locator(".at")
    assert bands.count() > 2
    band = bands.nth(1)
    assert band.locator("text").evaluate(OPAQUE) == "0"
    band.locator("rect").hover()
    expect(band.locator("text")).to_have_css("opacity", "1")
    assert "Epoch" in band.locator("text").text_content()
    assert all(page.locator("img").evaluate_all("(all) => all.map((one) => one.complete && one.naturalWidth > 0)"))
    content = page.pdf(prefer_css_page_size=True, print_background=True)
    assert content.startswith(b"%PDF") and 2 <= content.count(b"/Type /Page\n") + content.count(b"/Type /Page ") <= 12
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert page.locator(".headline").evaluate("(one) => getComputedStyle(one).breakInside") == "avoid"


def test_no_word_over_the_printed_confusion_matrix_is_broken(browser):
    names = ["Chainsaw", "Crackling fire", "Fire crackers", "Person sneezing", "Helicopter", "Rain", "门铃声", "Dog",
             "Sea waves", "Clock tick"]  # fmt: skip
    for some in (names, names[:5]):
        told = [[f"{a} → {b}" for b in some] for a in some]
        matrix = Matrix("Matrix", "Rows are labels", some, [[15] * len(some)] * len(some), told)
        page = browser.new_page(viewport={"width": 688, "height": 900})  # A4 within its margins
        page.emulate_media(media="print")
        page.set_content(document.html(Report("en", "A", "B", "C", [Section("D", [matrix])], "E")))
        assert page.locator(".matrix").evaluate("(one) => one.scrollWidth <= document.body.clientWidth")
        assert page.locator(".matrix th bdi").evaluate_all(BROKEN) == []
        page.close()
