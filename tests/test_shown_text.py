"""What pages say of names, sizes, shares and browsers."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest
from opened_pages import ERROR, RESULT, create, dataset, image_page, open_page, said
from told import given, tell

from cases import limits
from cases.base import UploadedFile
from models.evaluation.rounded_shares import rounded
from models.progress import NullReporter
from pages.shared import vocabulary
from pages.shared.text import plain
from pages.task_types import figures
from runs.api.account import forms
from runs.inference import errors
from runs.jobs import data_import
from runs.store import dataset_rows, records

__all__ = ["dataset", "open_page"]  # fixtures
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


def test_names_that_a_person_gave_are_shown_as_they_are(open_page, pictures, zip_of, tmp_path):
    name = "**loud** :red[hot] $x^2$ [a](http://e.org) ![b](http://e.org/b.png) <b>"
    part = UploadedFile(zip_of(tmp_path / "noise.zip", pictures(6)), f"{name.replace('/', '-')}.zip")
    read = data_import.into_dataset("image_recognition", [part], "d1", NullReporter())
    dataset_rows.add("local", "d1", "image_recognition", read.name, sample=False)
    run = create("failed", error={**ERROR, "args": {"part": name}}, name=name)
    reader = records.create_run("local", "read", "image_recognition", name, parts=[])
    table = tell(open_page("runs.py"), "casebook_runs", "deleted", run)
    assert given(table, "casebook_runs")["rows"][0]["name"] == name  # a component writes text, never markup
    assert any(text.startswith(f"- {plain(name)} · ") for text in said(table))
    pages = [open_page(), image_page(open_page, run=run), image_page(open_page, read=reader)]
    for app in pages:
        shown = [
            str(element.proto)
            for element in app.main
            if hasattr(element, "proto") and element.type != "text_input" and "casebook_live" not in str(element.proto)
        ]  # a field shows its text as it is, and so does a notification of the browser
        named = [text for text in shown if "loud" in text]
        assert named
        assert not [text for text in named if any(raw in text for raw in ("**loud", ":red[", "![b", "<b>"))]


def test_no_chinese_page_joins_its_words_with_english_punctuation(open_page, dataset):
    done, failed = create("done", result=RESULT), create("failed", error=ERROR)
    places = [("home.py", {}), ("runs.py", {}), *[("image_recognition.py", more) for more in (
        {}, {"data": "d1"}, {"data": "d1", "show": "found:same"}, {"run": done}, {"run": failed})]]  # fmt: skip
    for page, address in places:
        for text in said(open_page(page, locale="zh-CN", **address)):
            assert not re.search(r"[\u4e00-\u9fff]\s*[:,;!?](\s|$|[\u4e00-\u9fff])|[\u4e00-\u9fff] ?\(", text), text


@pytest.mark.parametrize(
    "name",
    ["http://evil.example/a", "HTTPS://evil.example", "see www.evil.example", "WWW.evil.example", "a@evil.example",
     "mailto:a@evil.example", "xmpp:a@evil.example", "<https://evil.example>", "[x](http://evil.example)"],
)  # fmt: skip
def test_a_name_that_reads_like_an_address_becomes_no_link_and_looks_as_it_is(name):
    """By the rules of the extension of Markdown that Streamlit uses, which looks once the escapes are gone."""
    seen = re.sub(r"\\(.)", r"\1", plain(name))
    assert not re.search(r"(https?://|www(?=\.))[-.\w]+|[-.\w+]+@[-\w]+(\.[-\w]+)+", seen, re.IGNORECASE)
    assert seen.replace("\N{WORD JOINER}", "") == name and "](" not in plain(name)
    for resembling in ("evil.example", "9:30", "www", "a @ b", "C:/files"):  # is left alone
        assert "\N{WORD JOINER}" not in plain(resembling).replace("@\N{WORD JOINER} ", "")


@pytest.mark.parametrize(("count", "told"), [
    (0, "0 MB"), (1_000, "1 kB"), (2_500_000, "2.5 MB"), (999_499, "999 kB"), (999_500, "1.0 MB"),
    (99_949_999, "99.9 MB"), (99_950_000, "100 MB"), (999_500_000, "1 GB"), (145_217_532, "145 MB"),
    (20 * 10**9, "20 GB"),
])  # fmt: skip
def test_a_size_is_told_as_other_pages_and_systems_tell_it(count, told):
    assert vocabulary.size(count) == told


def test_a_limit_is_what_is_said_of_it():
    assert errors.too_large().args_["limit"] * 10**6 == errors.MOST_BYTES
    assert vocabulary.size(limits.upload_bytes()) == "20 GB"


@pytest.mark.parametrize("digits", [2, 3, 4])
def test_shares_of_one_come_to_one_and_stay_where_they_are(digits):
    for parts in np.random.default_rng(0).dirichlet(np.ones(5), 300):
        told = rounded(parts, digits)
        assert round(sum(told), 9) == 1
        assert np.abs(np.array(told) - parts).max() < 10.0**-digits
        assert np.all(np.diff(np.array(told)[np.argsort(parts)]) >= 0)


def test_halves_are_not_both_rounded_up_and_a_row_of_the_confusion_matrix_comes_to_a_hundred():
    assert rounded([0.9345, 0.0655]) == [0.935, 0.065]
    assert rounded([0.29, 0.71], 2) == [0.29, 0.71]
    assert rounded([0.5, 0.2]) == [0.5, 0.2]  # of a part of the whole
    assert rounded([]) == []
    for row in figures.cell_texts(np.array([[1, 1, 1], [7, 1, 0], [2, 3, 1]]), share=True):
        assert sum(int(cell.rstrip("%")) for cell in row if cell) == 100


@pytest.mark.parametrize(
    ("agent", "english", "chinese"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux",
         "Linux 上的 Firefox"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
         "Version/18.5 Mobile/15E148 Safari/604.1", "Safari on iPhone", "iPhone 上的 Safari"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME}", "Chrome on Windows", "Windows 上的 Chrome"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Edg/140.0.0.0", "Edge on Windows", "Windows 上的 Edge"),
        (f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {CHROME} MicroMessenger/8.0", "WeChat on Android",
         "Android 上的 WeChat"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15",
         "Safari on macOS", "macOS 上的 Safari"),
        ("curl/8.5.0", "curl/8.5.0", "curl/8.5.0"),
        ("x" * 300, "x" * 60, "x" * 60),
        ("", "", ""),
    ],
)  # fmt: skip
def test_a_browser_is_named_as_its_person_would_call_it(agent, english, chinese):
    assert (forms.browser("en", agent), forms.browser("zh", agent)) == (english, chinese)


def test_how_long_ago_is_told_with_a_space_before_chinese():
    ago = time.time() - 3 * 3600 - 5
    assert (forms._ago("en", ago), forms._ago("zh", ago)) == ("3 hours ago", "3 小时前")
