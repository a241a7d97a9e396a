"""A lesson in a browser, on a phone: predicted, run, watched while it grows, and its question answered."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from . import steps
from .test_glossary import PHONE
from .test_phone import TOO_SMALL


def test_a_lesson_is_taken_on_a_phone_in_chinese(visit, data):
    page = visit("/lessons", locale="zh-CN", **PHONE)
    page.get_by_role("link", name="学习率：一步该迈多大？").click()
    expect(page.get_by_role("button", name="运行这节课")).to_be_disabled()
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
