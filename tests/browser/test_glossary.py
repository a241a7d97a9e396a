"""The glossary in a browser: search, a term by its address and by a tap where its word stands, on a phone, offline."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from . import steps
from .test_phone import TOO_SMALL

PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}


def test_the_terms_are_searched_in_both_languages_and_one_is_opened(visit):
    page = visit("/glossary")
    field, shown = page.get_by_placeholder("Search the terms"), page.locator(".cb-glossary li:visible")
    field.fill("过拟合")
    expect(shown.first.locator("strong")).to_have_text(re.compile("Overfitting|Model complexity|Regularisation"))
    field.fill("confusion matrix")
    expect(shown).to_have_count(1)
    field.fill("no such word")
    expect(page.get_by_text("No term has these words.")).to_be_visible()
    field.fill("sensitivity")
    shown.first.click()
    expect(page.get_by_role("heading", name="Recall", level=3)).to_be_visible()
    assert "term=recall" in page.url


@pytest.mark.parametrize(("locale", "name"), [("en-US", "Attention"), ("zh-CN", "注意力机制")])
def test_a_term_at_its_address_has_formula_and_figure_on_a_phone_though_no_network_is_there(visit, locale, name):
    page = visit("/glossary?term=attention", locale=locale, **PHONE)  # no request leaves: see `visit`
    expect(page.get_by_role("heading", name=name, level=3)).to_be_visible()
    expect(page.locator(".st-key-glossary_term .katex .mfrac").first).to_be_visible()
    expect(page.locator(".cb-term-figure .bar")).to_have_count(4)
    fonts = page.evaluate("document.fonts.ready.then((all) => [...all].filter((one) => one.family.startsWith('KaTeX') "
                          "&& one.status === 'loaded').length)")  # fmt: skip
    assert fonts > 0
    assert page.evaluate(TOO_SMALL) == []
    steps.fits_the_window(page)


def test_a_term_that_another_leads_to_stays_open_and_is_the_address(visit):
    page = visit("/glossary?term=dropout")
    page.get_by_role("link", name="Overfitting", exact=True).first.click()
    expect(page.get_by_role("heading", name="Overfitting", level=3)).to_be_visible()
    page.wait_for_url("**/glossary?term=overfitting", timeout=5_000)
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
