"""Recommendation in a browser: two tables are brought, learnt from and looked through; a new user, something new, and a
visitor get their answers."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import made_items
import pytest
from playwright.sync_api import expect

from runs.store import records, shares

from . import steps
from .test_phone import PHONE

METRIC = '[data-chart="metric"] .cb-live-plot'


@pytest.fixture(scope="module")
def addresses(browser, server, text_body, tmp_path_factory):
    """Of ratings and books, which a person brought as two tables, and of a run on them that they have just started,
    from what a small network makes of the titles."""
    folder = tmp_path_factory.mktemp("books")
    paths = [folder / "ratings.csv", folder / "books.csv"]
    for path, content in zip(paths, (made_items.liked(), made_items.tables()[1]), strict=True):
        path.write_text(content, "utf-8")
    page = browser.new_page(locale="en-US")
    page.goto(f"{server.url}/recommendation")
    steps.upload(page, paths)
    steps.address(page, "draft")
    expect(page.get_by_text("books.csv · 1 kB")).to_be_visible()
    expect(page.get_by_text("Class", exact=True)).to_be_hidden()  # there are no classes
    page.get_by_role("button", name="Import tables").click()
    data = steps.address(page, "data")
    page.get_by_text("Another model").click()
    field = page.get_by_role("textbox", name="Hugging Face model or local folder")
    field.fill(str(text_body))
    field.press("Enter")
    steps.settled(page)
    steps.choose(page, "Network", re.compile("^Two towers"))  # else validation might keep a list, which reads no texts
    steps.choose(page, "Item initialisation", "Text embedding")
    page.get_by_text("Hyperparameters", exact=True).click()
    for label, value in {"Epochs": 12, "Learning rate": 0.02}.items():
        page.get_by_label(label, exact=True).fill(str(value))
    page.get_by_role("button", name="Start fine-tuning").click()
    run = steps.address(page, "run")
    page.close()
    return data, run


@pytest.fixture(scope="module")
def run(browser, server, addresses):
    page = browser.new_page(locale="en-US")
    page.goto(server.url + addresses[1])
    steps.status(page, "done", limit=180)
    page.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(server.home))
        yield records.run(parse_qs(urlsplit(addresses[1]).query)["run"][0], "local")


@pytest.fixture
def open_run(visit, run):
    def opening(see="overview"):
        page = visit(f"/recommendation?run={run.id}&see={see}")
        expect(page.get_by_role("heading", name="6 · Try")).to_be_visible()
        steps.settled(page)
        return page

    return opening


def pick(page, title, field="Items you like"):
    """Search for a title and take it."""
    steps.settled(page)
    box = page.get_by_role("combobox", name=field)
    box.click()
    box.fill(title)
    page.get_by_role("option", name=title, exact=True).click()


def listed(page):
    """The lines of a new user's list."""
    return page.locator(".stMain ol > li").filter(has_text="popularity")


def changed(page, before):
    """Wait until the list is another one."""
    expect(listed(page)).not_to_have_text(before, use_inner_text=True)


def slide(page, name, key):
    """Move a slider to one of its ends; the list is another one then."""
    steps.settled(page)
    before = listed(page).all_inner_texts()
    slider = page.get_by_role("slider", name=name)
    slider.scroll_into_view_if_needed()
    slider.press(key)
    changed(page, before)


def test_the_metric_is_drawn_while_it_learns_with_what_needs_no_training_as_lines_of_the_same(visit, addresses):
    page = visit(addresses[1])
    page.wait_for_function(f"(document.querySelector('{METRIC}')?.data?.[0]?.y.length ?? 0) > 2", timeout=90_000)
    curves, lines = page.eval_on_selector(
        METRIC,
        "(it) => [it.data, it.layout.shapes].map("
        "(some) => some.filter((one) => one.showlegend !== false).map((one) => one.name))",
    )
    assert curves == ["Validation"]
    expect(page.locator('[data-chart="metric"] figcaption')).to_contain_text("NDCG@10")
    assert [re.sub(r", validation 0\.\d{3}$", "", line) for line in lines if line != "best"] == [
        "Time-decayed EASE", "EASE", "Item-based CF", "Popularity"
    ]  # fmt: skip
    expect(page.locator(".cb-probe-had").first.locator("li").first).to_have_text(re.compile(r"good book \d+"))
    steps.status(page, "done", limit=180)
    expect(page.locator(".st-key-run_header_line")).to_contain_text(re.compile(r"NDCG@10 0\.\d{3}"))


def test_two_tables_are_understood_and_checked_and_their_division_drawn_on_a_phone_as_on_a_screen(visit, addresses):
    page = visit(addresses[0])
    expect(page.get_by_text("“ratings.csv”: column “user” detected as user from its name.")).to_be_visible()
    page.get_by_text("more details").click()
    expect(page.get_by_text("“books.csv”: column “title” detected as title from its name.")).to_be_visible()
    counted = "420 interactions of 60 users with 30 items; 300 training, 60 validation, 60 test."
    expect(page.get_by_text(counted)).to_be_visible()

    inside = "(it) => [it.querySelector('.main-svg'), it].map((one) => one.getBoundingClientRect().width)"
    for shown in (page, visit(addresses[0], **PHONE)):
        steps.drawn(shown)
        shown.get_by_text("Data split").click()
        expect(shown.get_by_text("12 random users, one row each. Each mark is an interaction, placed by time.")
               ).to_be_visible()  # fmt: skip
        drawing = shown.get_by_role("img", name="Interactions of a few users")
        expect(drawing.locator(".points path")).to_have_count(12 * 7)
        # also though it was first drawn while it was folded away
        steps.comes(shown, lambda at=drawing: at.evaluate(inside), lambda widths: 200 < widths[0] <= widths[1])
        steps.fits_the_window(shown)


def test_a_new_user_sees_the_list_follow_each_choice_with_its_reason(open_run):
    page = open_run()
    page.evaluate("window.kept = true")
    expect(page.get_by_text("Popular items", exact=True)).to_be_visible()
    expect(listed(page)).to_have_count(6)  # to begin with, by a tap
    pick(page, "good book 00")
    expect(listed(page)).to_have_count(10)  # the process that answers has started
    expect(listed(page).filter(has_text="because you chose good book 00")).to_have_count(10)
    picked = ["good book 00"]
    for number in ("01", "13", "25"):
        before = listed(page).all_inner_texts()
        picked.append(f"good book {number}")
        pick(page, picked[-1])
        changed(page, before)
    page.keyboard.press("Escape")  # the titles on offer hide what comes below
    steps.settled(page)
    told = listed(page).all_inner_texts()
    reasons = [found[1] for text in told if (found := re.search(r"mainly because you chose (good book \d+)", text))]
    assert len(reasons) > 5 and set(reasons) <= {*picked}
    assert not {*picked} & {text.splitlines()[0] for text in told}

    first = listed(page).first.locator(".cb-item-title").inner_text()
    before = listed(page).all_inner_texts()
    dislike = page.get_by_role("button", name=f"Dislike {first}", exact=True)
    expect(dislike).to_have_text("Dislike")
    expect(dislike).to_have_attribute("title", f"Dislike {first}")
    dislike.press("Enter")
    changed(page, before)
    expect(page.get_by_text("What a dislike does:")).to_be_visible()
    expect(listed(page).filter(has_text=first)).to_have_count(0)

    slide(page, "Popular ↔ niche", "End")
    page.get_by_text("Genre preference").click()
    slide(page, "cold", "End")
    expect(listed(page).first).to_contain_text("cold")
    assert page.evaluate("window.kept"), "the page was loaded anew"


def test_an_existing_user_is_compared_with_the_baselines_on_a_phone(visit, run):
    page = visit(f"/recommendation?run={run.id}", **PHONE)
    page.get_by_role("radio", name="Existing user").click()
    steps.settled(page)
    pick(page, "reader1", "User")
    expect(listed(page)).to_have_count(10)
    page.get_by_text("Compare with baselines", exact=True).click()
    for name in ("This model", "Popularity", "Item-based CF"):
        expect(page.locator(".st-key-section_6").get_by_text(name, exact=True)).to_be_visible()
    steps.fits_the_window(page)


def test_a_visitor_on_a_phone_gets_a_list_and_learns_of_no_user(visit, run, server, monkeypatch):
    monkeypatch.setenv("CASEBOOK_HOME", str(server.home))
    page = visit(f"/demo?t={shares.create(run, days=7)}", locale="zh-CN", **PHONE)
    pick(page, "good book 00", "你喜欢的物品")
    pick(page, "good book 01", "你喜欢的物品")
    page.keyboard.press("Escape")
    expect(page.get_by_text("主要因为").first).to_be_visible()
    steps.fits_the_window(page)
    page.get_by_role("radio", name="新物品").click()
    steps.settled(page)
    title = page.get_by_role("textbox", name="标题", exact=True)
    title.fill("good book")
    title.press("Enter")
    expect(page.get_by_text("相似物品").last).to_be_visible()
    steps.fits_the_window(page)
    expect(page.locator("body")).not_to_contain_text("reader", use_inner_text=True)
