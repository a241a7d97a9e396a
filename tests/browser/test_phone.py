"""The same on a screen of 390 pixels."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from runs.store import records

from . import steps

PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}

# What a finger presses, also in isolated components, whose area is below 44 pixels; the area may be widened by a pseudo
# element. Left out: links in running text, what is only for keys, and toolbars of tables, which a phone gets elsewhere.
TOO_SMALL = """() => {
    const small = []
    const area = (e) => {
        const [box, wider] = [e.getBoundingClientRect(), getComputedStyle(e, '::after')]
        const over = wider.content !== 'none' && wider.position === 'absolute'
        const own = (side) => (over ? parseFloat(wider[side]) || 0 : 0)
        return [Math.max(box.width, own('width')), Math.max(box.height, own('height'))]
    }
    const walk = (root) => {
        for (const e of root.querySelectorAll('*')) {
            if (e.shadowRoot) walk(e.shadowRoot)
            if (!e.matches('button, summary, [role=radio], a[data-testid]')) continue
            if (e.matches('[data-testid=stBaseButton-elementToolbar], [data-testid=stSkipToContent]')) continue
            if (!e.checkVisibility({ visibilityProperty: true }) || e.closest('[data-testid=stSidebar]')) continue
            const [width, height] = area(e)
            if (width && (width < 43.5 || height < 43.5)) {
                small.push(`${e.tagName} ${e.className} ${e.ariaLabel ?? e.textContent} ${width} ${height}`)
            }
        }
    }
    walk(document)
    return small
}"""


@pytest.mark.parametrize(("address", "locale"), [
    ("/", "zh-CN"), ("/image_recognition", "en-US"), ("/speech", "zh-CN"), ("/runs", "en-US"),
])  # fmt: skip
def test_no_page_scrolls_sideways(visit, address, locale):
    page = visit(address, locale=locale, width=390, height=844)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    steps.fits_the_window(page)


def follows(boxes):
    """Whether the second box stands right below the first."""
    return all(boxes) and 0 <= boxes[1]["y"] - boxes[0]["y"] - boxes[0]["height"] < 12


def is_faded(row):
    return row.evaluate("(row) => getComputedStyle(row).maskImage") != "none"


def legends_follow(page):
    """At once, however many rows they take."""
    for chart in ("loss", "metric"):
        figure = page.locator(f'[data-chart="{chart}"]')
        legend = figure.locator(".infolayer > .legend > .bg")
        expect(legend).to_be_attached()
        steps.still(page)
        places = figure.locator(".annotation"), legend
        steps.comes(page, lambda places=places: [place.bounding_box() for place in places], follows)


def test_a_result_is_tapped_its_rail_names_the_step_its_views_fade_and_legends_follow_charts_of_any_width(
    visit, trained
):
    page = visit(trained, **PHONE)
    here = page.locator(".cb-rail-step[data-here] .cb-rail-name")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    steps.drawn(page)
    assert page.evaluate(TOO_SMALL) == []
    for step, name in ((0, "Data"), (4, "Evaluate"), (6, "Export & share")):
        steps.settled(page)
        page.locator(".cb-rail-button").nth(step).click()
        expect(here).to_have_text(name)
        box = here.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["height"] > 10
    assert all(page.locator(".cb-rail-button").evaluate_all("all => all.map((one) => one.title)"))
    views = page.get_by_role("radiogroup").first
    assert is_faded(views)  # more of them lie beside it
    views.evaluate("(row) => row.scrollTo(row.scrollWidth, 0)")
    steps.comes(page, lambda: is_faded(views), lambda faded: not faded)
    steps.unfold(page, 4)
    steps.points(page)
    legends_follow(page)
    steps.fits_the_window(page)
    page.set_viewport_size({"width": 1280, "height": 900})  # where there is room it lies over no curve either
    legends_follow(page)


def test_what_one_taps_is_large_enough_for_a_finger(visit, data):
    begun = visit("/image_recognition", locale="zh-CN", **PHONE)
    steps.settled(begun)
    expect(begun.locator(".cb-rail-step[data-here] .cb-rail-name")).to_have_text("数据")
    page = visit(data, locale="zh-CN", **PHONE)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    steps.drawn(page)
    assert page.evaluate(TOO_SMALL) == []
    steps.fits_the_window(page)


def test_a_run_starts_by_one_click_with_what_was_just_typed_and_pinned_is_left_come_back_to_and_watched(
    visit, server, data, monkeypatch
):
    monkeypatch.setenv("CASEBOOK_HOME", str(server.home))
    page = visit(f"{data}&pins=1&look=13", **PHONE)
    page.get_by_role("button", name="Pin for monitoring").click()
    page.wait_for_url(re.compile(r"pins=1%2C13(&|$)"), wait_until="commit")
    steps.settled(page)
    page.get_by_role("dialog").get_by_role("button", name="Close").first.click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.wait_for_url(lambda url: "look=" not in url, wait_until="commit")
    steps.settled(page)
    page.get_by_text("Hyperparameters", exact=True).click()
    page.get_by_label("Batch size", exact=True).fill("20")
    page.get_by_label("Epochs", exact=True).fill("7")
    page.get_by_role("button", name="Start fine-tuning").click()
    made = steps.address(page, "run").partition("run=")[2].partition("&")[0]
    steps.status(page, "running")
    settings = records.run(made, "local").settings
    assert (settings["batch_size"], settings["epochs"], [*settings["probes"]]) == (20, 7, [1, 13])
    page.wait_for_url(lambda url: "data=" not in url, wait_until="commit")
    steps.points(page)
    steps.fits_the_window(page)
    expect(page.get_by_text("Epochs 7").first).to_be_visible()

    page.go_back()  # one step at a time
    expect(page.get_by_role("button", name="Start fine-tuning")).to_be_visible()
    page.wait_for_url(lambda url: "run=" not in url and "data=" in url, wait_until="commit")
    steps.settled(page)
    page.go_forward()
    expect(page.get_by_role("button", name="Delete run")).to_be_visible()  # live or done
    steps.status(page, "done")
    expect(page.get_by_role("link", name="Download the model")).to_be_visible()
    steps.fits_the_window(page)
    expect(page.locator(".cb-probe")).to_have_count(8)  # these two, and others that fill the row
    expect(page.locator('.cb-probe img[src*="row=13"]')).to_have_count(1)


def test_the_menu_makes_way_for_the_page_that_was_chosen_and_a_language_is_kept_at_another_address(visit, server):
    page = visit("/", **PHONE)
    page.get_by_test_id("stExpandSidebarButton").click()
    chosen = page.get_by_test_id("stSidebarNavLink").filter(has_text="All runs")
    expect(chosen).to_be_in_viewport()
    chosen.click()
    expect(page.get_by_role("heading", name="All runs", level=1)).to_be_visible()
    expect(chosen).not_to_be_in_viewport()
    steps.settled(page)
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("combobox").first.click()
    page.get_by_role("option", name="简体中文").click()
    expect(page.get_by_role("heading", name="全部运行")).to_be_visible()
    page.goto(server.url)
    expect(page.get_by_role("heading", name="深度学习案例工坊")).to_be_visible()
