"""A report is one file of text, pictures and sounds in which nothing runs, and says what its owner wants in it."""

from __future__ import annotations

import re

import numpy as np
import pytest
import reported
from evaluation_page import answered, evaluated
from starlette.applications import Starlette
from starlette.testclient import TestClient

from runs import tokens
from runs.api.routes import ROUTES
from runs.exports.report import blocks as b
from runs.exports.report import document, kept
from runs.exports.report.markup import prose
from runs.store import metric_rows, records

ODD = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[link](javascript:alert(1))", "$x^2$", "&lt;b&gt;",
    '" onmouseover="alert(1)', "</title></style><b>", "\u202egnp.exe", "很" * 10_000, "=cmd|' /C calc'!A0", "<!--",
    "]]>", ":material/warning: :red[x]", "a\\b", "{n}",
)  # fmt: skip


def full_of(text):
    """Every block, with this text wherever one can stand."""
    bar = b.Bar(text, text, 0.5, text, "main", 0.2, 0.8)
    return b.Report("en", text, text, text, [b.Section(text, [
        b.Prose(text), b.Prose(text, quiet=True), b.Heading(text), b.Bars(text, [bar], b.Mark(0.4, text), points=True),
        b.Headline(text, text, text, text, 0.5, 0.4, 0.6, (text, text), "above", b.Mark(0.3, text), text),
        b.Bars(text, [bar]),
        b.Curves(text, [b.Series(text, [(0, 0), (1, 1)], main=True), b.Series(text, [(1, 1)], dashed=True)],
               [(0, text), (1, text)], [(0, text), (1, text)], text, [(0, text)], 0.0),
        b.Matrix(text, text, [text], [[3]], [[text]]), b.Table([text], [[text]], frozenset({0})),
        b.Facts([(text, text)]),
        b.Examples([b.Example(text, text, "data:image/webp;base64,", "data:audio/mpeg;base64,", text, [(text, None)],
                          [(text, [text])])]),
    ])], text, {"omitted": "[{n:,} more]", "deleted": text, "inserted": text}, text)  # fmt: skip


def test_a_title_is_printed_with_all_that_is_said_up_to_its_first_figure():
    chart = b.Curves("chart", [b.Series("s", [(0, 0), (1, 1)])], [], [(0, "0"), (1, "1")], "x")
    content = document.html(b.Report("en", "A", "B", "C", [b.Section("D", [
        b.Heading("Calibration"), b.Prose("first"), b.Prose("second"), chart, b.Prose("below", quiet=True),
        b.Heading("Next"),
    ])], "E"))  # fmt: skip
    [whole] = re.findall('<div class="titled">(.*?</figure>.*?)</div>', content)
    places = [whole.index(one) for one in ("D</bdi>", "Calibration", "first", "second", "<figure", "below")]
    assert places == sorted(places) and "Next" not in whole
    assert re.search(r"@media print.*\.titled [^}]*break-inside: avoid", content, re.DOTALL)


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_whatever_a_person_wrote_stays_text(text):
    found = reported.read(document.html(full_of(text)))
    assert {name for name, _value in found.attributes} <= PLAIN
    assert found.text.count(" ".join(text[:250].split())) >= 20 or "\\" in text
    assert ("[8,800 more]" in found.text) == (len(text) == 10_000)  # a long one is cut, which it says


PLAIN = {name for name, _value in reported.Reader(document.html(full_of("plain"))).attributes}


def test_what_html_cannot_hold_is_shown_as_such():
    content = document.html(full_of("a\0b\x1bc\ud800d"))
    assert "a\ufffdb\ufffdc\ufffdd" in reported.read(content).text
    content.encode("utf-8")


def test_of_prose_only_bold_is_markup_and_only_ours():
    assert prose(r"**Better than \*\*x\*\* \<b\>** & <i>") == (
        "<strong>Better than **x** &lt;b&gt;</strong> &amp; &lt;i&gt;"
    )
    assert prose("**open") == "<strong>open</strong>"


@pytest.fixture
def web():
    return TestClient(Starlette(routes=ROUTES))


def test_only_its_owner_downloads_a_report_and_only_as_a_file(usual, web):
    run = records.run(usual, "local")
    name = kept.keep(run, "<!doctype html>")
    token = tokens.sign("report", run=run.id, owner="local", report=name)
    answered = web.get("/api/report", params={"token": token})
    assert (answered.status_code, answered.text) == (200, "<!doctype html>")
    assert answered.headers["content-disposition"] == f'attachment; filename="noise-{run.id}.html"'
    chinese = tokens.sign("report", run=run.id, owner="local", report=name, language="zh")
    named = web.get("/api/report", params={"token": chinese}).headers["content-disposition"]
    assert named == f'attachment; filename="noise-{run.id}-zh.html"'
    assert (answered.headers["cache-control"], answered.headers["x-content-type-options"]) == ("no-store", "nosniff")
    for facts in ({"owner": "bob", "report": name}, {"owner": "local", "report": "../../secret"},
                  {"owner": "local", "report": "0" * 16}):  # fmt: skip
        assert web.get("/api/report", params={"token": tokens.sign("report", run=run.id, **facts)}).status_code == 404
    as_run = tokens.sign("run", run=run.id, owner="local", report=name)
    assert web.get("/api/report", params={"token": as_run}).status_code == 404


def measured(run, epochs=7):
    """With curves of so many epochs."""
    values = {"train": {"loss": 1.2}, "validation": {"loss": 1.0, "accuracy": 0.7}, "machine": {"memory": 1.0}}
    metric_rows.add([
        {"run": run, "split": split, "step": step, "written": 3 * step + place, "values": {**some, "epoch": step}}
        for step in range(1, epochs + 1) for place, (split, some) in enumerate(values.items())
    ])  # fmt: skip
    return run


def test_a_report_says_how_good_the_model_is_in_the_language_of_the_page(usual):
    found = reported.read(content := reported.made(measured(usual), "image_recognition.py", "zh-CN"))
    assert '<html lang="zh-CN">' in content and "局限" in found.text
    assert "75.0%" in found.text and "img" not in found.tags and "Epoch {" not in found.text
    words = {word for word in re.findall(r"[A-Za-z]{4,}", found.text)}
    assert words <= KEPT_IN_CHINESE, words - KEPT_IN_CHINESE


def test_a_report_says_what_of_many_classes_it_leaves_out(dataset):
    labels = np.arange(90) % 45
    run = evaluated(answered([f"kind {n:02}" for n in range(45)], labels, np.where(labels == 7, 8, labels), 0.9))
    text = reported.read(reported.made(run, "image_recognition.py", "en-GB")).text
    assert "Metrics by class (45)" in text and "The 40 classes with the most mistakes, of 45." in text
    assert "Not printed: with more than 20 classes it is not legible on a page. This run has 45." in text


KEPT_IN_CHINESE = {"Casebook", "Macro", "EfficientNet", "Lite", "Wilson", "Apache", "moss", "rust", "slate", "noise",
                   "AdamW", "Bootstrap", "Dropout", "GELU", "ReLU", "LoRA", "ImageNet"}  # fmt: skip


def test_a_report_has_the_title_purpose_author_language_and_pictures_that_its_owner_wants(usual):
    found = reported.read(content := reported.made(
        measured(usual, 200), "image_recognition.py", language="zh", title="墙面", purpose="给 <b>评审</b> 看",
        author="Ada & Co", examples=True,
    ))  # fmt: skip
    assert '<html lang="zh-CN">' in content and "Ada & Co" in found.text and "给 <b>评审</b> 看" in found.text
    assert re.search("<h1><bdi>墙面</bdi></h1>", content) and "概要" in found.text
    assert found.tags.count("img") == 8 and "moss → rust" in found.text
    assert "第 0 至 200 轮" in found.text  # more of them than a curve on paper has points


def test_a_report_explains_the_terms_that_it_uses_where_they_stand_and_no_others(usual):
    found = reported.read(content := reported.made(measured(usual), "image_recognition.py"))
    assert '<html lang="en">' in content and "img" not in found.tags and "75.0%" in found.text
    assert "Recognises pictures: moss, rust, slate" in found.text and "Made by" not in found.text
    assert "Macro-F1" not in found.text and "Significant" not in found.text and "Epochs 0 to 7" in found.text
    terms = ("Accuracy: the share", "Limitations", "Baseline: a simple method",
             "Of the examples predicted as this class", "Confidence: probability")  # fmt: skip
    places = [found.text.index(term) for term in terms]
    assert places == sorted(places) and " 1 examples" not in found.text
