"""Streamlit's own controls speak the reader's language, and so does the tab."""

from __future__ import annotations

from contextlib import suppress

from playwright.sync_api import TimeoutError, expect

from runs.language import say

from . import steps

MADE = """() => {
    const made = document.createElement('p')
    made.id = 'mine'
    made.textContent = 'Search'
    document.querySelector('[data-testid="stMarkdownContainer"]').append(made)
}"""


def frame_is_chinese(page):
    expect(page.get_by_test_id("stSkipToContent")).to_have_text("跳到正文")
    expect(page.locator('[aria-label="侧栏"]')).to_have_count(1)
    expect(page.locator('[aria-label*="sidebar"], [placeholder="Choose an option"]')).to_have_count(0)


def number(page, label):
    return page.get_by_label(label, exact=True).locator("xpath=ancestor::*[@data-testid='stNumberInput']")


def test_words_change_with_the_language_and_back_and_what_a_person_brought_is_left_alone(visit, data):
    page = visit(data)
    expect(page).to_have_title("Image recognition · Casebook")
    page.get_by_text("Data split").first.click()
    expect(number(page, "Seed").get_by_role("button", name="Increment")).to_be_visible()
    steps.choose_language(page, "简体中文")
    expect(page).to_have_title(f"图像识别 · {say('zh', 'Casebook')}")
    frame_is_chinese(page)
    page.get_by_text(say("zh", "Data split")).first.click()
    seed = say("zh", "Seed")
    for name in ("增加", f"“{seed}”的说明"):
        expect(number(page, seed).get_by_role("button", name=name)).to_be_visible()
    steps.settled(page)
    page.evaluate(MADE)
    box = page.get_by_role("combobox", name=say("zh", "Trainable part"))
    box.scroll_into_view_if_needed()
    unmatched = page.get_by_role("listbox").get_by_text("没有匹配项")
    for _attempt in range(5):  # when the estimate comes the form is drawn anew, and an open list closes
        box.fill("")
        box.press_sequentially("zzzz")
        with suppress(TimeoutError):
            unmatched.wait_for(timeout=5000)
            break
    expect(unmatched).to_be_visible()
    expect(page.locator("#mine")).to_have_text("Search")
    page.keyboard.press("Escape")
    steps.choose_language(page, "English")
    expect(page.get_by_test_id("stSkipToContent")).to_have_text("Skip to main content")
    expect(page).to_have_title("Image recognition · Casebook")
