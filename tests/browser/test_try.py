"""Step 6 and the map in a browser: a trained model is asked, and shows where it looked."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from . import steps
from .results import predicted


@pytest.fixture
def tried(visit, trained):
    page = visit(trained)
    expect(page.get_by_role("heading", name="6 · Try")).to_be_visible(timeout=30_000)
    steps.settled(page)
    return page


@pytest.fixture
def given(tmp_path, pictures):
    path = tmp_path / "new.png"
    path.write_bytes(next(iter(pictures(1, seed=9).values())))
    return path


def test_one_picture_is_answered_at_once_with_where_the_model_looked_and_stays_whatever_else_is_opened(
    tried, given, tmp_path
):
    expected = tried.locator(".cb-try-expected")
    expect(expected.locator("p")).to_have_text(["0", "1", "2", "3", "4", "… and 5 more"])
    steps.give(tried, given)
    answers = tried.locator(".cb-try-answer li")
    expect(answers).to_have_count(5, timeout=30_000)
    expect(expected).to_be_hidden()
    told = steps.comes(tried, answers.all_inner_texts, lambda texts: all("%" in text for text in texts))
    shares = [float(text.split("\n")[-1].rstrip("%")) for text in told]
    assert shares == sorted(shares, reverse=True) and sum(shares) <= 100.3
    heat, seen = tried.locator(".cb-try-heat"), re.compile("^Evidence for the prediction “")
    expect(heat).to_have_attribute("alt", seen, timeout=60_000)
    button = tried.get_by_role("button", name="Heat map", exact=True)
    for pressed, opacity in (("true", "1"), ("false", "0")):
        expect(button).to_have_attribute("aria-pressed", pressed)
        expect(heat).to_have_css("opacity", opacity)
        button.press("Enter")
    bar = tried.locator(".cb-try-bar div").first
    expect(bar).to_have_css("transition-property", "width")
    tried.emulate_media(reduced_motion="reduce")
    expect(bar).to_have_css("transition-property", "none")

    tried.get_by_role("button", name="Example 1", exact=True).click()  # a picture of the test part is one click
    expect(tried.locator(".cb-try-message")).to_contain_text("Label:", timeout=30_000)
    expect(heat).to_be_visible(timeout=60_000)
    tried.get_by_role("button", name="Share", exact=True).click()
    steps.settled(tried)
    steps.still(tried)
    expect(heat).to_have_attribute("alt", seen)
    before = answers.all_inner_texts()
    tried.get_by_text("Batch prediction").click()
    expect(tried.get_by_text("Drop pictures, or a zip or tar of them")).to_be_visible()
    expect(heat).to_be_hidden()
    steps.settled(tried)
    tried.get_by_text("One picture", exact=True).click()
    expect(heat).to_be_visible()
    expect(heat).to_have_attribute("alt", seen)
    assert answers.all_inner_texts() == before

    steps.choose_language(tried, "简体中文")
    expect(tried.get_by_text("或从测试集中选一张")).to_be_visible()
    expect(tried.get_by_role("button", name="示例 1", exact=True)).to_have_attribute("aria-pressed", "true")
    (tmp_path / "letter.jpg").write_text("Dear Sir or Madam")
    steps.give(tried, tmp_path / "letter.jpg")
    expect(tried.locator(".cb-try-message")).to_contain_text("文件扩展名是图片，内容却不是图片。", timeout=30_000)


def test_a_zip_of_pictures_or_loose_ones_or_a_folder_become_a_table(tried, tmp_path, zip_of, pictures):
    tried.get_by_text("Batch prediction").click()
    expect(tried.get_by_text("Drop pictures, or a zip or tar of them")).to_be_visible()
    archive = zip_of(tmp_path / "new.zip", {**pictures(3, seed=4), "letter.png": b"Dear Sir"})
    rows, name = predicted(tried, "“new.zip”: 9 predicted. 1 failed.", archive)
    assert name == "new-predictions.csv"
    assert [row["Name"] for row in rows if row["Prediction"]] == sorted(pictures(3))
    assert [row["Name"] for row in rows if row["Problem"]] == ["letter.png"]
    expect(tried.get_by_text("Least confident first")).to_be_visible()
    expect(tried.locator(".st-key-section_6").get_by_test_id("stDataFrame").first).to_be_visible()

    names = ["图片 一.png", f"{'long ' * 40}.png", "letter.png"]
    contents = [*list(pictures(1, seed=5).values())[:2], b"Dear Sir"]
    for name, content in [*zip(names, contents, strict=True), ("notes.docx", b"of another kind"), ("other.zip", b"PK")]:
        (tmp_path / name).write_bytes(content)
    zone = tried.locator("[class*=st-key-try_many_] .cb-upload")
    steps.awake(zone)
    mixed = [tmp_path / "other.zip", tmp_path / names[0]]
    zone.locator("input[type=file]:not([webkitdirectory])").set_input_files(mixed)
    expect(zone).to_contain_text("Drop one archive by itself, or files without an archive.")
    loose = [tmp_path / name for name in [*names, "notes.docx"]]
    rows, _name = predicted(tried, "“图片 一.png + 2”: 2 predicted. 1 failed.", *loose)
    assert {row["Name"] for row in rows if row["Prediction"]} == {*names[:2]}
    assert [row["Name"] for row in rows if row["Problem"]] == ["letter.png"]
    rows, _name = predicted(tried, f"“{names[0]}”: 1 predicted.", tmp_path / names[0])
    assert len(rows) == 1

    folder = tmp_path / "garden"
    (folder / "inner").mkdir(parents=True)
    for name, content in pictures(1, seed=6).items():
        (folder / "inner" / name.replace("/", "-")).write_bytes(content)
    rows, _name = predicted(tried, "“garden”: 3 predicted.", folder, folder=True)
    assert len(rows) == 3
