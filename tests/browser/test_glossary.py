"""The glossary and a lesson in a browser: terms are searched, opened by an address and by a tap; a lesson is taken."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from . import steps
from .test_phone import PHONE, TOO_SMALL


def test_a_term_is_searched_in_both_languages_opened_and_leads_to_another_that_stays_and_is_the_address(visit):
    page = visit("/glossary")
    steps.settled(page)
    field, shown = page.get_by_placeholder("Search the terms"), page.locator(".cb-glossary li:visible")
    field.fill("过拟合")
    expect(shown.first.locator("strong")).to_have_text(re.compile("Overfitting|Model complexity|Regularisation"))
    field.fill("confusion matrix")
    expect(shown).to_have_count(1)
    field.fill("no such word")
    expect(page.get_by_text("No term has these words.")).to_be_visible()
    field.fill("sensitivity")
    expect(shown.first.locator("strong")).to_have_text("Recall")
    field.fill("dropout")
    shown.filter(has=page.locator("strong").get_by_text("Dropout", exact=True)).click()
    expect(page.get_by_role("heading", name="Dropout", level=3)).to_be_visible()
    page.wait_for_url("**/glossary?term=dropout", wait_until="commit")
    page.get_by_role("link", name="Overfitting", exact=True).first.click()
    expect(page.get_by_role("heading", name="Overfitting", level=3)).to_be_visible()
    page.wait_for_url("**/glossary?term=overfitting", wait_until="commit")
    steps.choose_language(page, "简体中文")  # the script runs again
    expect(page.get_by_role("heading", name="过拟合", level=3)).to_be_visible()


def test_the_line_of_a_step_tells_a_term_at_a_tap_and_leads_to_the_glossary(visit, data):
    page = visit(data, **PHONE)
    steps.settled(page)
    check = page.locator(".st-key-section_2 .cb-terms")
    check.get_by_role("button", name="Label", exact=True).tap()
    expect(check.locator(".cb-terms-told")).to_contain_text("The right answer for a sample")
    ways = [link.get_attribute("href") for link in check.get_by_role("link").all()]
    assert ways == ["/glossary?term=label", "/lessons?lesson=learning-without-labels"]
    check.get_by_role("button", name="Label", exact=True).tap()
    expect(check.locator(".cb-terms-told")).to_be_empty()
    steps.fits_the_window(page)


def test_the_help_of_a_field_leads_to_its_term_and_a_term_to_the_step_where_it_happens(visit, trained):
    page = visit("/glossary?term=confusion-matrix")
    page.get_by_role("link", name="Image recognition: step 5 · Evaluate").click()
    expect(page.locator(".st-key-section_5")).to_be_in_viewport()
    assert "see=classes" in page.url
    page.goto(page.url.partition("?")[0].replace("image_recognition", "glossary") + "?term=dropout")
    page.get_by_role("link", name="Image recognition: step 3 · Model").click()
    expect(page.locator(".st-key-section_3 details").first).to_have_attribute("open", "")
    page.locator(".st-key-section_3").get_by_text("Hyperparameters").click()
    field = page.get_by_test_id("stNumberInput").filter(has=page.get_by_text("Dropout", exact=True))  # not LoRA's
    field.get_by_test_id("stTooltipIcon").hover()
    link = page.get_by_role("tooltip").get_by_role("link", name="Dropout")
    assert link.get_attribute("href").endswith("/glossary?term=dropout")


def test_a_lesson_is_taken_on_a_phone_in_chinese(visit, data):
    page = visit("/lessons", locale="zh-CN", **PHONE)
    page.get_by_role("link", name="学习率：一步该迈多大？").click()
    expect(page.get_by_role("button", name="运行这节课")).to_be_disabled()
    steps.settled(page)
    page.get_by_text("0.01：大一百倍").tap()
    page.get_by_role("button", name="运行这节课").tap()
    expect(page.get_by_text("一个问题")).to_be_visible(timeout=120_000)
    lines = "document.querySelector('.cb-plot-box').data.filter(({ showlegend }) => showlegend).length"
    steps.comes(page, lambda: page.evaluate(lines), lambda n: n == 3)
    expect(page.get_by_text(re.compile("你的预测|你预测的是"))).to_be_visible()
    page.get_by_text("降低学习率").tap()
    page.get_by_role("button", name="回答").tap()
    expect(page.get_by_text("每一步都从最小值上方跨过去")).to_be_visible()
    assert page.evaluate(TOO_SMALL) == []
    steps.fits_the_window(page)
    page.get_by_role("button", name="删除这次运行").tap()
    expect(page.get_by_role("button", name="运行这节课")).to_be_visible()
