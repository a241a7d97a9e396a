"""Texts as people bring them: a table in Chinese characters, lines pasted, a table whose classes are not found."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from . import steps

COLLECT = "More ways: typed or pasted texts, several tables, test file"
SAID = [
    "这家酒店的房间很干净", "快递太慢了包装也破了", "书的内容不错值得一看", "电脑运行很慢风扇很响",
    "早餐丰富下次还会再来", "屏幕有坏点不给换货", "印刷清晰纸张也好", "排队一个小时菜都凉了",
]  # fmt: skip


def other_column(page, field, column):
    """Choose it in the box below the lines of the table, and read again."""
    steps.choose(page, re.compile(rf"\b{field}$"), re.compile(f"^{column}$"))
    page.get_by_role("button", name="Import again").click()


def test_a_chinese_table_is_understood_its_bad_lines_are_shown_and_another_column_is_chosen(visit, tmp_path):
    """As a Chinese Excel saves it, with a line that is broken and one without a text."""
    lines = [f"{n},{text}{n}号,{'好坏'[n % 2]},{'网店' if n % 3 else '门店'}" for n, text in enumerate(SAID * 3)]
    lines[5:5] = ['5,"没关的引号,好,网店', "6,,坏,门店"]
    path = tmp_path / "评价.csv"
    path.write_bytes("\n".join(["编号,说的话,心情,来源", *lines]).encode("gb18030"))
    page = visit("/text_analysis")
    steps.settled(page)
    steps.upload(page, path)
    first = steps.address(page, "data")
    expect(page.get_by_text("“评价.csv” read as GB18030, separator “,”.")).to_be_visible()
    expect(page.get_by_text("“评价.csv”: the first line holds the column names.")).to_be_visible()
    expect(page.get_by_text("column “说的话” detected as text: its values are the longest")).to_be_visible()
    expect(page.get_by_text("“评价.csv”: column “心情” detected as class: its values repeat the most.")).to_be_visible()
    expect(page.get_by_text("Ready: 24 examples in 2 classes")).to_be_visible()
    expect(page.get_by_text("Chinese 24")).to_be_visible()
    steps.settled(page)
    page.get_by_text("Skipped (2)").click()
    steps.settled(page)
    expect(page.get_by_text("A quotation mark is not closed, or text follows the closing one.").first).to_be_visible()
    page.get_by_label("Search names and reasons").fill("评价.csv:7")
    page.get_by_label("Search names and reasons").press("Enter")
    expect(page.get_by_text("1 of 2 lines")).to_be_visible()
    steps.settled(page)
    page.get_by_text("First lines and columns").click()
    other_column(page, "Class", "来源")
    expect(page.get_by_text("“评价.csv”: column “来源” is the class, as you chose.")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Ready: 24 examples in 2 classes")).to_be_visible()
    page.wait_for_url(lambda url: "data=" in url and first.split("data=")[1] not in url, wait_until="commit")
    page.set_viewport_size({"width": 390, "height": 844})
    steps.fits_the_window(page)


def test_pasted_lines_become_data_to_train_on(visit):
    page = visit("/text_analysis")
    page.get_by_role("button", name=COLLECT).click()
    steps.address(page, "draft")
    for label, texts in (("praise", SAID[::2]), ("blame", SAID[1::2])):
        steps.settled(page)
        page.get_by_label("Class of these lines", exact=True).fill(label)
        page.get_by_label("Texts, one per line").fill("\n".join(texts))
        page.get_by_role("button", name="Add these lines").click()
        expect(page.get_by_text(f"{label} · 4", exact=True)).to_be_visible()
        expect(page.get_by_label("Texts, one per line")).to_have_value("")
    page.get_by_role("button", name="Import texts").click()
    steps.address(page, "data")
    expect(page.get_by_text("8 examples in 2 classes")).to_be_visible()
