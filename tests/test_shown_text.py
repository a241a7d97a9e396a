"""Text on pages: names as a person gave them, never markup or a link, and Chinese without English punctuation."""

from __future__ import annotations

import re

import pytest
from opened_pages import ERROR, RESULT, create, dataset, image_page, open_page, said
from told import given, tell

from cases.base import UploadedFile
from models.progress import NullReporter
from pages.shared.text import plain
from runs.jobs import data_import
from runs.store import dataset_rows, records

__all__ = ["dataset", "open_page"]  # fixtures


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
