"""Step 6 and the map in a browser: a trained model is asked, and shows where it looked."""

from __future__ import annotations

import csv
import io
import re

import pytest
from playwright.sync_api import expect

from . import steps


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


def test_one_picture_is_answered_at_once_with_where_the_model_looked(tried, given):
    expected = tried.locator(".cb-try-expected")
    expect(expected.locator("p")).to_have_text(["0", "1", "2", "3", "4", "… and 5 more"])
    steps.give(tried, given)
    answers = tried.locator(".cb-try-answer li")
    expect(answers).to_have_count(5, timeout=30_000)
    expect(expected).to_be_hidden()
    told = steps.comes(tried, answers.all_inner_texts, lambda texts: all("%" in text for text in texts))
    shares = [float(text.split("\n")[-1].rstrip("%")) for text in told]
    assert shares == sorted(shares, reverse=True) and sum(shares) <= 100.3
    heat = tried.locator(".cb-try-heat")
    expect(heat).to_have_attribute("alt", re.compile("^Evidence for the prediction “"), timeout=60_000)
    button = tried.get_by_role("button", name="Heat map", exact=True)
    for pressed, opacity in (("true", "1"), ("false", "0")):
        expect(button).to_have_attribute("aria-pressed", pressed)
        expect(heat).to_have_css("opacity", opacity)
        button.press("Enter")


def test_the_answer_and_its_heat_map_stay_whatever_else_is_opened(tried):
    tried.get_by_role("button", name="Example 1", exact=True).click()
    heat, told = tried.locator(".cb-try-heat"), re.compile("^Evidence for the prediction “")
    expect(heat).to_have_attribute("alt", told, timeout=60_000)
    tried.get_by_role("button", name="Share", exact=True).click()
    steps.settled(tried)
    steps.still(tried)
    expect(heat).to_have_attribute("alt", told)
    answers = tried.locator(".cb-try-answer li").all_inner_texts()
    tried.get_by_text("Batch prediction").click()
    expect(tried.get_by_text("Drop pictures, or a zip or tar of them")).to_be_visible()
    expect(heat).to_be_hidden()
    steps.settled(tried)
    tried.get_by_text("One picture", exact=True).click()
    expect(heat).to_be_visible()
    expect(heat).to_have_attribute("alt", told)
    assert tried.locator(".cb-try-answer li").all_inner_texts() == answers


def test_bars_move_to_a_new_answer_and_doubt_is_said(tried):
    tried.get_by_role("radio", name="Calibration").click()
    tried.get_by_role("radio", name="By hand").click()
    slider = tried.get_by_role("slider", name="Confidence threshold")
    slider.press("End")
    tried.get_by_role("button", name="Save the threshold of 99%").click()
    expect(tried.get_by_role("button", name="Remove the threshold")).to_be_visible()
    steps.settled(tried)
    tried.get_by_role("button", name="Example 1", exact=True).click()
    expect(tried.locator(".cb-try-answer li")).to_have_count(5, timeout=30_000)
    verdict = tried.locator(".cb-try-verdict")
    expect(verdict).to_contain_text("Not sure: ", timeout=30_000)
    expect(verdict).to_contain_text("99%", timeout=30_000)
    bar = tried.locator(".cb-try-bar div").first
    expect(bar).to_have_css("transition-property", "width")
    tried.emulate_media(reduced_motion="reduce")
    expect(bar).to_have_css("transition-property", "none")
    tried.get_by_role("button", name="Remove the threshold").click()
    expect(tried.get_by_text("No threshold is saved")).to_be_visible()


def test_a_picture_of_the_test_part_is_one_click(tried):
    tried.get_by_role("button", name="Example 1", exact=True).click()
    expect(tried.locator(".cb-try-answer li")).to_have_count(5, timeout=30_000)


def test_what_is_no_picture_is_refused_in_the_readers_language(tried, tmp_path):
    letter = tmp_path / "letter.jpg"
    letter.write_text("Dear Sir or Madam")
    steps.choose_language(tried, "简体中文")
    message = tried.locator(".cb-try-message")
    expect(message).to_have_text("预测结果会显示在这里。")  # what was asked before is answered in the language of then
    steps.give(tried, letter)
    expect(message).to_contain_text("文件扩展名是图片，内容却不是图片。", timeout=30_000)


def test_a_zip_of_pictures_becomes_a_table(tried, tmp_path, zip_of, pictures):
    tried.get_by_text("Batch prediction").click()
    steps.settled(tried)
    expect(tried.get_by_text("Drop pictures, or a zip or tar of them")).to_be_visible()
    archive = zip_of(tmp_path / "new.zip", {**pictures(3, seed=4), "letter.png": b"Dear Sir"})
    steps.awake(tried.locator(".cb-upload").last)
    tried.locator(".cb-upload input[type=file]:not([webkitdirectory])").last.set_input_files(archive)
    expect(tried.get_by_text("“new.zip”: 9 predicted. 1 failed.")).to_be_visible(timeout=60_000)
    expect(tried.get_by_text("Least confident first")).to_be_visible()
    expect(tried.locator(".st-key-section_6").get_by_test_id("stDataFrame").first).to_be_visible()
    with tried.expect_download() as download:
        tried.get_by_role("link", name="Download the table (CSV)").click()
    assert download.value.suggested_filename == "new-predictions.csv"
    text = download.value.path().read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["Name"] for row in rows if row["Prediction"]] == sorted(pictures(3))
    assert [row["Name"] for row in rows if row["Problem"]] == ["letter.png"]


def test_loose_pictures_become_a_table_as_a_zip_of_them_does(tried, tmp_path, pictures):
    names = ["图片 一.png", f"{'long ' * 40}.png", "letter.png"]
    contents = [*list(pictures(1, seed=5).values())[:2], b"Dear Sir"]
    for name, content in zip(names, contents, strict=True):
        (tmp_path / name).write_bytes(content)
    (tmp_path / "notes.docx").write_bytes(b"of another kind")
    (tmp_path / "other.zip").write_bytes(b"PK")
    tried.get_by_text("Batch prediction").click()
    steps.settled(tried)
    zone = tried.locator(".cb-upload").last
    steps.awake(zone)
    given = zone.locator("input[type=file]:not([webkitdirectory])")
    given.set_input_files([tmp_path / "other.zip", tmp_path / names[0]])
    expect(zone).to_contain_text("Drop one archive by itself, or files without an archive.")
    given.set_input_files([tmp_path / name for name in [*names, "notes.docx"]])
    expect(tried.get_by_text("“图片 一.png + 2”: 2 predicted. 1 failed.")).to_be_visible(timeout=60_000)
    with tried.expect_download() as download:
        tried.get_by_role("link", name="Download the table (CSV)").click()
    text = download.value.path().read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["Name"] for row in rows if row["Prediction"]} == {*names[:2]}
    assert [row["Name"] for row in rows if row["Problem"]] == ["letter.png"]
    given.set_input_files(tmp_path / names[0])
    expect(tried.get_by_text(f"“{names[0]}”: 1 predicted.")).to_be_visible(timeout=60_000)
    folder = tmp_path / "garden"
    (folder / "inner").mkdir(parents=True)
    for name, content in pictures(1, seed=6).items():
        (folder / "inner" / name.replace("/", "-")).write_bytes(content)
    zone.locator("input[webkitdirectory]").set_input_files(folder)
    expect(tried.get_by_text("“garden”: 3 predicted.")).to_be_visible(timeout=60_000)


def test_a_point_of_the_map_opens_its_picture(tried):
    tried.get_by_role("radio", name="Map").click()
    expect(tried.get_by_text("projected to two dimensions by t-SNE")).to_be_visible(timeout=60_000)
    steps.click_point(tried, tried.locator(".cb-plot", has=tried.locator(".scatterlayer")).last)
    expect(tried.get_by_role("dialog")).to_contain_text("Prediction:")
    tried.wait_for_url(re.compile(r"item=\d+"), wait_until="commit")
