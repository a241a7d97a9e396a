"""The same on a screen of 390 pixels."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from . import steps

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


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
@pytest.mark.parametrize("address", ["/", "/image_recognition", "/speech", "/runs"])
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


@pytest.mark.parametrize(("locale", "names"), [
    ("en-US", ["Data", "Evaluate", "Export & share"]), ("zh-CN", ["数据", "评估", "导出与分享"]),
])  # fmt: skip
def test_on_a_phone_a_result_is_tapped_its_rail_names_the_step_its_views_fade_and_legends_follow_charts(
    visit, trained, locale, names
):
    page = visit(trained, locale=locale, width=390, height=844, has_touch=True, is_mobile=True)
    here = page.locator(".cb-rail-step[data-here] .cb-rail-name")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    steps.drawn(page)
    assert page.evaluate(TOO_SMALL) == []
    for step, name in zip((0, 4, 6), names, strict=True):
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


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_where_there_is_room_a_legend_lies_over_no_curve_either(visit, trained, locale):
    page = visit(trained, locale=locale)
    steps.unfold(page, 4)
    steps.points(page)
    legends_follow(page)


@pytest.mark.parametrize(("locale", "name"), [("en-US", "Data"), ("zh-CN", "数据")])
def test_what_one_taps_is_large_enough_for_a_finger(visit, data, locale, name):
    phone = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
    begun = visit("/image_recognition", locale=locale, **phone)
    steps.settled(begun)
    expect(begun.locator(".cb-rail-step[data-here] .cb-rail-name")).to_have_text(name)
    page = visit(data, locale=locale, **phone)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    steps.drawn(page)
    assert page.evaluate(TOO_SMALL) == []
    steps.fits_the_window(page)


def test_a_run_is_started_and_watched_on_a_phone(visit, data):
    page = visit(data, width=390, height=844, has_touch=True, is_mobile=True)
    steps.settled(page)
    page.get_by_role("button", name="Start fine-tuning").click()
    steps.address(page, "run")
    steps.status(page, "running")
    steps.points(page)
    steps.fits_the_window(page)
    steps.status(page, "done")
    expect(page.get_by_role("link", name="Download the model")).to_be_visible()
    steps.fits_the_window(page)


def test_on_a_phone_the_menu_makes_way_for_the_page_that_was_chosen_from_it(visit):
    page = visit("/", locale="en-US", width=390, height=844)
    page.get_by_test_id("stExpandSidebarButton").click()
    chosen = page.get_by_test_id("stSidebarNavLink").filter(has_text="All runs")
    expect(chosen).to_be_in_viewport()
    chosen.click()
    expect(page.get_by_role("heading", name="All runs", level=1)).to_be_visible()
    expect(chosen).not_to_be_in_viewport()


def test_the_language_that_was_chosen_is_kept_where_a_page_is_opened_by_its_address(visit):
    page = visit("/", locale="en-US", width=390, height=844)
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("combobox").first.click()
    page.get_by_role("option", name="简体中文").click()
    expect(page.get_by_role("heading", name="深度学习案例工坊")).to_be_visible()
    page.goto(page.url.partition("?")[0] + "runs")
    expect(page.get_by_role("heading", name="全部运行", level=1)).to_be_visible()
