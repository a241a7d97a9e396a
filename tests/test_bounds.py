"""Whatever stands in an address or a header, a route says calmly that there is nothing, and a page goes on."""

from __future__ import annotations

import pytest
from opened_pages import opened
from starlette.applications import Starlette
from starlette.testclient import TestClient

from runs import paths, tokens
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
WORST = (DIGITS, "9" * 30, "-1", "", "\0", "\ud7ff", "../../secret", "a" * 30_000, "'; DROP TABLE runs; --")
RANGES = (
    f"bytes={DIGITS}-", f"bytes=0-{DIGITS}", f"bytes={2**63}-{2**64}", f"bytes=-{DIGITS}", f"bytes={'0' * 5000}-1",
    "bytes=٣-", "bytes=5-2", "bytes=--1", "bytes=", "bytes", f"{DIGITS}=0-1", "bytes=" + "0-0," * 5000,
)  # fmt: skip


@pytest.fixture
def web():
    with TestClient(
        Starlette(routes=ROUTES), raise_server_exceptions=False
    ) as client:  # one loop for all that is asked
        yield client


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
    """What all routes read by the same function, the language and their numbers, is at its worst where it costs little;
    parts are asked for in all ways where the first answer says that there are any."""
    (query, headers), method = good[route.path], "PUT" if "PUT" in route.methods else "GET"

    def asked(name="", **more):
        answered = web.request(method, route.path, **{"params": query, "headers": headers, **more})
        assert answered.status_code < 500, (name, str(more)[:200], answered.text[:200])
        return answered

    for name in query:
        for nasty in WORST if name == "token" else NASTY:
            asked(name, params={**query, name: nasty})
    for name in ("lang", "heard"):
        for nasty in WORST if route.path == "/api/example" else WORST[:1]:
            asked(name, params={**query, name: nasty})
    for name in headers:
        for nasty in (DIGITS, "é".encode("latin-1"), b"\xff" * 100, "."):
            asked(name, headers={name: nasty})
    for nasty in RANGES if "accept-ranges" in asked().headers else RANGES[:1]:
        asked(headers={**headers, "Range": nasty.encode(), "If-Range": DIGITS})
        asked(headers={**headers, "Range": nasty.encode()})


NOTHING = ({}, ("run",)), ({}, ("data",)), ({}, ("draft",)), ({}, ("read",)), ({}, ("groups", "number", "text", "task"))
OF_DATA = (("show",), ("look",), ("pins",))
OF_A_RUN = (("item",), ("cell", "compare", "number"), ("t",), ("see", "text", "groups", "task", "lang"))
MORE = {"show": [f"size:{DIGITS}-1-1-1", f"class:{DIGITS}"], "cell": [f"{DIGITS}-{DIGITS}"], "look": ["9" * 30]}


@pytest.mark.slow
def test_no_page_falls_over_what_stands_in_its_address(usual):
    """What one view reads together stands there together."""
    run = {"run": usual, "see": "classes"}
    for known, names in [
        *NOTHING,
        *(({"data": "d1"}, names) for names in OF_DATA),
        *((run, names) for names in OF_A_RUN),
    ]:
        for nasty in (DIGITS, *MORE.get(names[0], ()), *([] if known else ["\0"])):
            opened("image_recognition.py", **{**known, **dict.fromkeys(names, nasty)})
    for known, kinds in (({"data": "d1"}, OF_DATA), (run, OF_A_RUN[:2])):
        opened("image_recognition.py", **known, **dict.fromkeys((name for names in kinds for name in names), "\0"))
    opened("runs.py", compare=DIGITS, lang=DIGITS)
    opened("demo.py", t=shares.create(records.run(usual, "local"), days=1), lang=DIGITS)
    opened("demo.py", t=DIGITS)
