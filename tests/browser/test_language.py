"""Each reader in their own language, from the first word on."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from . import steps

NAVIGATION = {
    "en": ["Home", "Image recognition", "Text analysis", "Speech", "Recommendation", "All runs", "Lessons", "Glossary"],
    "zh": ["首页", "图像识别", "文本分析", "语音处理", "推荐系统", "全部运行", "课程", "术语表"],
}


@pytest.mark.parametrize(
    ("locale", "query", "language"),
    [("zh-CN", "", "zh"), ("de-DE", "", "en"), ("zh-CN", "?lang=en", "en"), ("en-US", "?lang=zh", "zh")],
)
def test_the_browser_decides_and_the_address_overrules_it(visit, locale, query, language):
    page = visit(f"/{query}", locale=locale)
    links = page.get_by_test_id("stSidebarNavLink")
    expect(links).to_have_count(8)
    shown = [text.splitlines()[-1] for text in links.all_inner_texts()]  # at once; the icon has a text too
    assert shown == NAVIGATION[language]


def test_an_address_of_no_page_says_so_in_the_readers_language_and_leads_home(visit):
    page = visit("/nothing-here", locale="zh-CN")
    expect(page.get_by_role("heading", name="这个地址没有对应的页面")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    steps.choose_language(page, "English")  # a rerun, which is no longer asked for by name
    expect(page.get_by_role("heading", name="There is no page at this address")).to_be_visible()
    page.locator(".stMain").get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", name="There is no page at this address")).to_have_count(0)
    expect(page.get_by_role("link", name="Image recognition").first).to_be_visible()


def test_a_chosen_language_stays_while_the_reader_moves_about(visit):
    page = visit()
    steps.choose_language(page, "简体中文")
    page.get_by_role("link", name="全部运行").first.click()
    expect(page.get_by_role("heading", name="全部运行")).to_be_visible()
    page.get_by_role("link", name="图像识别").first.click()
    expect(page.get_by_role("heading", name="图像识别")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="图像识别")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "zh")
