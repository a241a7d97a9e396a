"""Whatever stands in an address or a header, a route says calmly that there is nothing, and a page goes on."""

from __future__ import annotations

import sys

import pytest
from conftest import ROOT
from evaluation_page import sound
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from runs import paths, tokens
from runs.api.numbers import MOST, whole
from runs.api.routes import ROUTES
from runs.exports.report import kept
from runs.store import records, shares, upload_rows
from runs.uploads import draft_files, drafts
from runs.uploads.draft_files import DraftFile

DIGITS = "9" * 5000
NASTY = (
    DIGITS, "0" * 5000, "9" * 30, str(2**63), str(2**31), "-1", "+1", "1_0", "٣", "²", "1e5", "0x1", "inf", "nan", "",
    " ", "\0", "\ud7ff", "../../secret", "a" * 30_000, "'; DROP TABLE runs; --", "1,2", "1-1", f"{DIGITS}-{DIGITS}",
    f"class:{DIGITS}", f"size:{DIGITS}-1-1-1", f"size:-{DIGITS}", "found:", "word:[", "changed:",
)  # fmt: skip
RANGES = (
    f"bytes={DIGITS}-", f"bytes=0-{DIGITS}", f"bytes={2**63}-{2**64}", f"bytes=-{DIGITS}", f"bytes={'0' * 5000}-1",
    "bytes=٣-", "bytes=5-2", "bytes=--1", "bytes=", "bytes", f"{DIGITS}=0-1", "bytes=" + "0-0," * 5000,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "most", "number"),
    [
        ("0", MOST, 0), ("007", MOST, 7), (str(MOST), MOST, MOST), (str(MOST + 1), MOST, None), ("8", 7, None),
        *((text, MOST, None) for text in NASTY), (None, MOST, None),
    ],
)  # fmt: skip
def test_a_whole_number_is_one_or_nothing(text, most, number):
    assert whole(text, most) == number


@pytest.fixture
def web():
    return TestClient(Starlette(routes=ROUTES), raise_server_exceptions=False)


@pytest.fixture
def good(usual):
    """Of every route an address that it answers, as the pages ask it, and the header that it believes."""
    run = tokens.sign("run", run=usual, owner="local")
    asking = tokens.sign("answer", run=usual, owner="local", rows=[3])
    data = tokens.sign("dataset", dataset="d1", case="image_recognition", owner="local")
    watched = shares.by_token(shares.create(records.run(usual, "local"), days=1, kind=shares.WATCH))
    collected = drafts.begin("local", "speech")
    (paths.uploads() / "sound").write_bytes(b"RIFF" + bytes(1000))
    upload_rows.add("local", "sound", "a.wav", 1004, "0" * 64)
    draft_files.add(collected, DraftFile("sound", "a.wav", 1004, "yes", "", ""))
    explained = paths.run(usual) / "explanations/row3"
    explained.mkdir(parents=True)
    (explained / "original.webp").write_bytes(bytes(1000))
    profiled = records.create_run("local", "profile", "image_recognition", "r")
    (paths.run(profiled) / "view-0-0.webp").write_bytes(bytes(1000))
    reported = kept.keep(records.run(usual, "local"), "<!doctype html>")
    (paths.run(usual) / "bundle").mkdir()
    (paths.run(usual) / "bundle/config.json").write_text("{}")
    return {
        "/api/upload": ({"name": "a.zip", "draft": "", "label": "", "split": "", "folder": ""},
                        {"X-Upload-Token": tokens.sign("upload", owner="local", case="speech")}),
        "/api/metrics": ({"token": run, "after": "0"}, {}),
        "/api/watch": ({"token": tokens.sign("watch", share=watched.id), "after": "0"}, {}),
        "/api/bundle": ({"token": run}, {}),
        "/api/report": ({"token": tokens.sign("report", run=usual, owner="local", report=reported)}, {}),
        "/api/item": ({"token": data, "row": "3"}, {}),
        "/api/thumbnail": ({"token": data}, {}),
        "/api/dataset": ({"token": tokens.sign("export", dataset="d1", owner="local")}, {}),
        "/api/backup": ({"token": tokens.sign("backup", owner="local", backup="a.tar")}, {}),
        "/api/predictions": ({"token": run}, {}),
        "/api/static_demo": ({"token": run}, {}),
        "/api/explanation": ({"token": run, "key": "row3", "file": "original.webp"}, {}),
        "/assets/plotly.js": ({}, {}),
        "/api/answer": ({"row": "4", "name": ""}, {"X-Answer-Token": asking}),
        "/api/example": ({"token": asking, "row": "3"}, {}),
        "/api/piece": ({"token": tokens.sign("pieces", owner="local", draft=collected), "upload": "sound"}, {}),
        "/api/view": ({"token": tokens.sign("run", run=profiled, owner="local"), "name": "view-0-0.webp"}, {}),
    }  # fmt: skip


ASKED = [route for route in ROUTES if route.path not in ("/api/health", "/api/ready")]  # of which nothing is asked


def test_no_route_is_left_out(good):
    assert set(good) == {route.path for route in ASKED}


@pytest.mark.parametrize("route", ASKED, ids=lambda route: route.path)
def test_no_route_falls_over_what_stands_in_its_address_or_over_the_part_that_is_asked_for(web, good, route):
    (query, headers), method = good[route.path], "PUT" if "PUT" in route.methods else "GET"
    for name in [*query, "lang", "heard"]:
        for nasty in NASTY:
            answered = web.request(method, route.path, params={**query, name: nasty}, headers=headers)
            assert answered.status_code < 500, (name, nasty[:40], answered.text)
    for name in headers:
        for nasty in (DIGITS, "é".encode("latin-1"), b"\xff" * 100, "."):
            assert web.request(method, route.path, params=query, headers={name: nasty}).status_code < 500
    for nasty in RANGES:
        asked = {**headers, "Range": nasty.encode(), "If-Range": DIGITS}
        answered = [web.request(method, route.path, params=query, headers=asked)]
        answered.append(web.request(method, route.path, params=query, headers={**headers, "Range": nasty.encode()}))
        assert max(one.status_code for one in answered) < 500, nasty[:40]


def test_parts_of_an_item_are_still_had(web, good):
    query, _headers = good["/api/item"]
    whole_of_it = web.get("/api/item", params=query).content
    part = web.get("/api/item", params=query, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole_of_it[10:20])
    beyond = web.get("/api/item", params=query, headers={"Range": f"bytes={len(whole_of_it)}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(whole_of_it)}")


NAMES = ("run", "data", "draft", "read", "groups", "number", "text", "show", "look", "item", "see", "cell", "pins",
         "compare", "task", "lang", "t")  # fmt: skip
PAGES = ("image_recognition.py", "runs.py", "demo.py", "home.py")


def visit(page, **address):
    app = AppTest.from_file(str(ROOT / "pages/frame.py"), default_timeout=60)
    app.query_params.update(address)
    app.run()
    app.query_params.update(address)
    return sound(app.switch_page(page).run())


@pytest.mark.parametrize("name", NAMES)
def test_no_page_falls_over_what_stands_in_its_address(usual, name):
    share = shares.create(records.run(usual, "local"), days=1)
    known = {"data": "d1"} if name in ("show", "look", "pins", "data") else {"run": usual, "see": "classes"}
    more = {"show": [f"size:{DIGITS}-1-1-1", f"class:{DIGITS}"], "cell": [f"{DIGITS}-{DIGITS}"], "look": ["9" * 30]}
    for nasty in (DIGITS, "\0", *more.get(name, ())):
        visit("image_recognition.py", **{**known, name: nasty})
    if name in ("compare", "lang"):
        visit("runs.py", **{name: DIGITS})
    if name in ("t", "lang"):
        visit("demo.py", **{"t": share, name: DIGITS})


def test_python_itself_refuses_so_many_digits():
    """What the bound is for; where it does not, the numbers would only be slow."""
    assert sys.get_int_max_str_digits() < len(DIGITS)
