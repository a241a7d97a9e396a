"""A report is one file of text, pictures and sounds: whatever people called their things, nothing in it runs."""

from __future__ import annotations

import os
import re
import time

import pytest
import reported
from starlette.applications import Starlette
from starlette.testclient import TestClient

from runs import tokens
from runs.api.routes import ROUTES
from runs.exports.report import charts, document, kept
from runs.exports.report.blocks import (
    Bar,
    Bars,
    Curves,
    Example,
    Examples,
    Facts,
    Heading,
    Headline,
    Mark,
    Matrix,
    Prose,
    Report,
    Section,
    Series,
    Table,
)
from runs.exports.report.markup import prose
from runs.store import records

ODD = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[link](javascript:alert(1))", "$x^2$", "&lt;b&gt;",
    '" onmouseover="alert(1)', "</title></style><b>", "\u202egnp.exe", "很" * 10_000, "=cmd|' /C calc'!A0", "<!--",
    "]]>", ":material/warning: :red[x]", "a\\b", "{n}",
)  # fmt: skip


def full_of(text):
    """Every block, with this text wherever one can stand."""
    bar = Bar(text, text, 0.5, text, "main", 0.2, 0.8)
    return Report("en", text, text, text, [Section(text, [
        Prose(text), Prose(text, quiet=True), Heading(text), Bars(text, [bar], Mark(0.4, text), points=True),
        Headline(text, text, text, text, 0.5, 0.4, 0.6, (text, text), "above", Mark(0.3, text), text),
        Bars(text, [bar]),
        Curves(text, [Series(text, [(0, 0), (1, 1)], main=True), Series(text, [(1, 1)], dashed=True)],
               [(0, text), (1, text)], [(0, text), (1, text)], text, [(0, text)], 0.0),
        Matrix(text, text, [text], [[3]], [[text]]), Table([text], [[text]], frozenset({0})), Facts([(text, text)]),
        Examples([Example(text, text, "data:image/webp;base64,", "data:audio/mpeg;base64,", text, [(text, None)],
                          [(text, [text])])]),
    ])], text, {"omitted": "[{n:,} more]", "deleted": text, "inserted": text}, text)  # fmt: skip


def test_a_title_is_printed_with_all_that_is_said_up_to_its_first_figure():
    chart = Curves("chart", [Series("s", [(0, 0), (1, 1)])], [], [(0, "0"), (1, "1")], "x")
    content = document.html(Report("en", "A", "B", "C", [Section("D", [
        Heading("Calibration"), Prose("first"), Prose("second"), chart, Prose("below", quiet=True), Heading("Next"),
    ])], "E"))  # fmt: skip
    [whole] = re.findall('<div class="titled">(.*?</figure>.*?)</div>', content)
    places = [whole.index(one) for one in ("D</bdi>", "Calibration", "first", "second", "<figure", "below")]
    assert places == sorted(places) and "Next" not in whole
    assert re.search(r"@media print.*\.titled [^}]*break-inside: avoid", content, re.DOTALL)


@pytest.mark.parametrize(("low", "high", "found"), [
    (0, 1, [0, 0.25, 0.5, 0.75, 1]), (0.27, 2.35, [0, 0.5, 1, 1.5, 2, 2.5]), (-3.2, 4, [-4, -2, 0, 2, 4]),
    (1e-4, 3e-4, [1e-4, 1.5e-4, 2e-4, 2.5e-4, 3e-4]), (2, 2, [2, 2.5]), (0, 0, [0, 0.25]),
])  # fmt: skip
def test_an_axis_has_round_values_between_its_ends(low, high, found):
    assert charts.ticks(low, high) == pytest.approx(found)


def test_the_values_within_an_axis_lie_on_it():
    assert charts.ticks(0.35, 0.95, within=True) == [0.4, 0.6, 0.8] and charts.ticks(0, 7, within=True) == [0, 2, 4, 6]


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_whatever_a_person_wrote_stays_text(text):
    found = reported.read(document.html(full_of(text)))
    assert {name for name, _value in found.attributes} <= PLAIN
    assert found.text.count(" ".join(text[:250].split())) >= 20 or "\\" in text


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


def test_a_long_text_is_cut_and_says_so():
    found = reported.read(document.html(full_of("很" * 10_000)))
    assert "[8,800 more]" in found.text


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


def test_a_report_goes_a_day_after_it_was_made(usual):
    run = records.run(usual, "local")
    old = kept.keep(run, "old")
    os.utime(kept.find(run, old), (time.time() - kept.KEPT - 60,) * 2)
    new = kept.keep(run, "new")
    assert kept.find(run, old) is None and kept.find(run, new).read_text() == "new"


def test_names_of_ten_thousand_characters_make_no_large_file():
    names = [f"{number}{'很' * 10_000}" for number in range(20)]
    told = [[f"{a} → {b}" for b in names] for a in names]
    shown = Matrix("Matrix", "Rows are labels", names, [[1] * 20] * 20, told)
    content = document.html(Report("en", "A", "B", "C", [Section("D", [shown])], "E"))
    reported.read(content)
    assert len(content.encode()) < 500_000
