"""Each reader in their own language, from the first word on."""

from __future__ import annotations

from playwright.sync_api import expect

from . import steps

ENGLISH = ["Home", "Image recognition", "Text analysis", "Speech", "Recommendation", "All runs", "Lessons", "Glossary"]
CHINESE = ["首页", "图像识别", "文本分析", "语音处理", "推荐系统", "全部运行", "课程", "术语表"]


def shows(page, names):
    links = page.get_by_test_id("stSidebarNavLink")
    expect(links).to_have_count(8)
    shown = [text.splitlines()[-1] for text in links.all_inner_texts()]  # at once; the icon has a text too
    assert shown == names


def test_the_browser_decides_and_the_address_overrules_it(visit, server):
    for locale, own, lang, other in (("zh-CN", CHINESE, "en", ENGLISH), ("de-DE", ENGLISH, "zh", CHINESE)):
        page = visit("/", locale=locale)
        shows(page, own)
        page.goto(f"{server.url}/?lang={lang}")
        steps.opened(page)
        shows(page, other)


def test_a_chosen_language_stays_while_the_reader_moves_about_and_an_address_of_no_page_says_so_and_leads_home(visit):
    page = visit("/nothing-here", locale="zh-CN")
    expect(page.get_by_role("heading", name="这个地址没有对应的页面")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    steps.choose_language(page, "English")  # a rerun, which is no longer asked for by name
    lost = page.get_by_role("heading", name="There is no page at this address")
    expect(lost).to_be_visible()
    page.locator(".stMain").get_by_role("link", name="Home").click()
    expect(lost).to_have_count(0)
    steps.settled(page)
    page.get_by_role("link", name="Image recognition").first.click()
    expect(page.get_by_role("heading", name="Image recognition", level=1)).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Image recognition", level=1)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
